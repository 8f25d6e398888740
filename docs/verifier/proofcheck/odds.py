"""按概率抽取 weighted/1（第 5 节）：一抽，和整期的保底与限量。"""

import json

from proofcheck.published import check_day
from proofcheck.streams import stream


def check_weighted_draw(proof):
    draw, day, secret, terms = proof["draw"], proof["day"], proof["day_secret"], json.loads(proof["issue"]["terms"])
    yield from check_day(proof)
    published, tier = tables_of(terms)
    yield "概率表就是条款公示的概率", (proof["table"], proof["guarantee_table"]) == (published, tier)
    yield "概率之和为一", sum(ppm for _, ppm in published) == 1_000_000
    yield "保底计数相符", counts_on(terms, draw["reward_id"], proof["guarantee_before"], proof["guarantee_after"])
    won = pick(published, proof["roll"])
    replaced = owes(terms, won, proof["guarantee_before"])
    yield "抽取方式相符", proof["purpose"] == ("guarantee" if replaced else "roll")
    fields = (day, draw["issue_id"], proof["player"], proof["seq"], proof["nonce"])
    roll = secret and stream(secret, "blindbox/weighted/1", "roll", *fields)(1_000_000)
    yield "随机数相符", secret and roll == proof["roll"]
    if replaced:
        second = secret and stream(secret, "blindbox/weighted/1", "guarantee", *fields)(sum(ppm for _, ppm in tier))
        yield "保底随机数相符", secret and second == proof["guarantee_roll"]
        won = pick(tier, proof["guarantee_roll"])
    yield "奖品相符", secret and gives(terms, won, draw["reward_id"], proof["substituted_for"])


def tables_of(terms):
    """Return the odds of all rewards, and those among the guaranteed ones if the terms promise a guarantee."""
    rule = terms.get("config", {}).get("guarantee")
    rewards = [(r["level"], [r["id"], r["odds_ppm"]]) for r in terms["rewards"]]
    return [line for _, line in rewards], rule and [line for level, line in rewards if level in rule["levels"]]


def levels_of(terms):
    return {r["id"]: r["level"] for r in terms["rewards"]}


def counts_on(terms, reward_id, before, after):
    """Tell whether the misses in a row go on as the reward makes them; without a guarantee nothing is counted."""
    rule = terms.get("config", {}).get("guarantee")
    if rule is None:
        return before is None and after is None
    met = levels_of(terms).get(reward_id) in rule["levels"]
    return before is not None and before >= 0 and after == (0 if met else before + 1)


def owes(terms, won, before):
    """Tell whether the guarantee is due and the roll missed it."""
    rule = terms.get("config", {}).get("guarantee")
    if rule is None or before is None:
        return False
    return before + 1 >= rule["within"] and levels_of(terms).get(won) not in rule["levels"]


def gives(terms, won, reward_id, substituted_for):
    """Tell whether a reward is what was won, or what the terms put in its place, step by step."""
    if substituted_for is None:
        return won == reward_id
    rewards, at = {r["id"]: r for r in terms["rewards"]}, substituted_for
    for _ in rewards:
        at = rewards[at].get("substitute_id") if "quantity" in rewards.get(at, {}) else None
        if at is None or at == reward_id:
            break
    return won == substituted_for and at == reward_id


def pick(table, roll):
    for reward_id, ppm in table:
        roll -= ppm
        if roll < 0:
            return reward_id
    return None


def check_draws_by_odds(proof):
    """Yield what only all draws of an issue together show: no number missing, no promise broken, nothing overdrawn."""
    terms, draws = json.loads(proof["terms"]), proof["draws"]
    own, players = [d for d in draws if not d["is_bonus"]], {}
    for draw in sorted(own, key=lambda d: d["seq"]):
        players.setdefault(draw["player"], []).append(draw)
    yield "每位玩家的序号从 0 起连续", all([d["seq"] for d in all_] == [*range(len(all_))] for all_ in players.values())
    if terms.get("config", {}).get("guarantee"):
        yield "每位玩家的保底计数相符", all(promise_kept(terms, all_) for all_ in players.values())
    if any("quantity" in r for r in terms["rewards"]):
        yield "每一抽恰好一次", sorted(d["sale_no"] for d in own) == [*range(1, len(own) + 1)]
        yield "限量奖品发完才替换，不多发", all(shelf_holds(terms, draws))


def promise_kept(terms, own):
    """A refund takes its draws out of the count from the player's next number on, `refund_seq`."""
    for at, draw in enumerate(own):
        before = misses_before(terms, own[:at], draw["seq"])
        if draw["guarantee_before"] != before or owes(terms, draw["reward_id"], before):
            return False
        if not counts_on(terms, draw["reward_id"], before, draw["guarantee_after"]):
            return False
    return True


def misses_before(terms, earlier, seq):
    levels, misses = levels_of(terms), 0
    for draw in reversed(earlier):
        if draw["refund_seq"] is not None and draw["refund_seq"] <= seq:
            continue
        if levels.get(draw["reward_id"]) in terms["config"]["guarantee"]["levels"]:
            break
        misses += 1
    return misses


def shelf_holds(terms, draws):
    """Yield for each draw, in the order of the sale, whether there was what it gave and was not what it replaced."""
    left = {r["id"]: r["quantity"] for r in terms["rewards"] if "quantity" in r}
    for draw in sorted(draws, key=lambda d: d["sale_no"]):
        reward_id, replaced = draw["reward_id"], draw["substituted_for"]
        yield left.get(reward_id, 1) > 0 and (replaced is None or left.get(replaced, 1) == 0)
        if reward_id in left:
            left[reward_id] -= 1
