"""通用抽奖 s3/1（第 5 节）：一抽，和整期的版本、投放与余量。"""

import json
from collections import Counter
from datetime import date, timedelta

from proofcheck.published import check_day, moment
from proofcheck.streams import stream

PPM, DAY_MINUTES = 1_000_000, 24 * 60


def check_session_draw(proof):
    draw, met, secret = proof["draw"], proof["session_draw"], proof["day_secret"]
    terms = json.loads(proof["issue"]["terms"])
    yield from check_day(proof)
    yield "场次日期属于条款的时间", met["occurrence"] in occurrences_on(terms, proof["day"])
    if "tables" in terms["config"]:
        yield "节点就是付款前的预选", proof["choice"] == str(met["node"])
    known = is_of_terms(terms, met)
    yield "奖品和权重就是条款公示的", known
    yield "奖品由随机数得出", known and met["roll"] == proof["roll"] and given(terms, met) == draw["reward_id"]
    place = (proof["day"], draw["issue_id"], met["occurrence"], met["version"], proof["player"], proof["nonce"])
    yield "随机数相符", secret and known and rolled(secret, place, below(terms, met)) == met["roll"]


def rolled(secret, place, n):
    """Where nothing has any chance, no number is drawn."""
    return stream(secret, "blindbox/s3/1", *place)(n) if n else None


def occurrences_on(terms, day):
    """Return the dates by which an occurrence that is on at some moment of a day can go: its local start date."""
    daily = terms["config"]["daily"]
    if daily is None:
        return [(moment(terms["starts_at"]) + timedelta(hours=8)).date().isoformat()]
    opens, closes = minutes(daily["from"]), minutes(daily["to"])
    overnight = closes <= opens and closes > 0
    return [day, (date.fromisoformat(day) - timedelta(days=1)).isoformat()] if overnight else [day]


def end_of(terms, occurrence):
    """Return when an occurrence is over; None if it goes on."""
    ends, daily = terms.get("ends_at"), terms["config"]["daily"]
    ends = [moment(ends)] if ends else []
    if daily is not None:
        opens, closes = minutes(daily["from"]), minutes(daily["to"])
        midnight = moment(f"{occurrence}T00:00:00+08:00")
        ends.append(midnight + timedelta(minutes=closes, days=1 if closes <= opens else 0))
    return min(ends, default=None)


def minutes(clock):
    return int(clock[:2]) * 60 + int(clock[3:])


def is_static(terms):
    return terms["config"]["probability"] == "static"


def prizes_at(terms, node):
    """Return the prizes of a node in the order of the terms, and the id of its empty prize."""
    if "tables" in terms["config"]:  # the terms state what each choice may bring
        rewards = {r["id"]: r for r in terms["rewards"]}
        lines = terms["config"]["tables"].get(str(node), [])
        return [{**rewards[reward_id], "odds_ppm": ppm} for reward_id, ppm in lines], None
    mine = [r for r in terms["rewards"] if r.get("node") == node]
    nothing = [r["id"] for r in mine if r["kind"] == "none"]
    return [r for r in mine if r["kind"] != "none"], nothing[0] if nothing else None


def is_of_terms(terms, met):
    """Tell whether prizes and weights are those of the node, and what was left of each is possible."""
    prizes, _ = prizes_at(terms, met["node"])
    weights = [r.get("odds_ppm" if is_static(terms) else "weight", 0) for r in prizes]
    empty = max(PPM - sum(weights), 0) if is_static(terms) else terms["config"]["empty_weight"]
    listed = [r["id"] for r in prizes]
    if not listed or (met["rewards"], met["w"], met["e"], len(met["q"])) != (listed, weights, empty, len(listed)):
        return False
    pairs = zip(prizes, met["q"], strict=True)
    return all(q is None if "quantity" not in r else q in range(r["quantity"] + 1) for r, q in pairs)


def chances(terms, met):
    """Static odds stay what they are; dynamic ones follow what is left."""
    return met["w"] if is_static(terms) else [(q or 0) * w for q, w in zip(met["q"], met["w"], strict=True)]


def below(terms, met):
    return sum(chances(terms, met)) + met["e"]


def given(terms, met):
    """Return the prize that a roll leads to; what is not there is replaced by the fallback, else it is nothing."""
    prizes, nothing = prizes_at(terms, met["node"])
    met_of = list(zip(prizes, met["q"], chances(terms, met), strict=True))
    instead = next((r["id"] for r, left, _ in met_of if r.get("is_fallback") and left != 0), nothing)
    reached, roll, end = 0, met["roll"], below(terms, met)
    if roll is None or roll not in range(end):
        return instead if roll is None and not end else None
    for reward, left, chance in met_of:
        reached += chance
        if roll < reached:
            return instead if left == 0 else reward["id"]
    return nothing


def check_draws_of_sessions(proof):
    """Yield what only all draws of an issue together show: every version, every release, what was left before each."""
    terms, last = json.loads(proof["terms"]), {each["occurrence"]: each["version"] for each in proof["occurrences"]}
    draws, releases = events(proof["draws"], last), events(proof["releases"], last)
    own = [(draw["session_draw"]["occurrence"], draw["session_draw"]["version"]) for draw in draws]
    versions = {*own, *((each["occurrence"], each["version"]) for each in releases)}
    due = {(occurrence, n) for occurrence, end in last.items() for n in range(1, end + 1)}
    yield "每个场次的版本从 1 起连续，每一抽恰好一个", versions == due and len(own) == len(set(own))
    yield "投放与条款的计划相符", all(planned(terms, draws, releases))
    yield "每一抽之前的余量相符", all(left_before(terms, draws, releases))
    yield "奖品由随机数得出", all(fits(terms, draw) for draw in draws)
    yield "每位玩家的次数和节点相符", all(counted(terms, draws))


def events(listed, last):
    """Return what happened in order; what came after the versions that the answer names was not yet counted there."""
    placed = [(each.get("session_draw") or each, each) for each in listed]
    kept = [
        (at["occurrence"], at["version"], each) for at, each in placed if at["version"] <= last.get(at["occurrence"], 0)
    ]
    return [each for *_, each in sorted(kept, key=lambda event: event[:2])]


def place_of(event):
    at = event.get("session_draw") or event
    return at["occurrence"], at["version"]


def planned(terms, draws, releases):
    """Yield whether each release is one of the plan and not early, and whether none was held back from a draw."""
    plan = {(r["reward_id"], moment(r["at"]), r["quantity"]) for r in terms.get("releases", [])}
    next_due, waiting = min((at for _, at, _ in plan), default=None), list(releases)
    for draw in draws:
        while waiting and place_of(waiting[0]) <= place_of(draw):
            yield take_from(plan, waiting.pop(0))
            next_due = min((at for _, at, _ in plan), default=None)
        end = end_of(terms, draw["session_draw"]["occurrence"])  # what is settled later owes nothing to the time after
        yield next_due is None or moment(draw["drawn_at"]) < next_due or (end is not None and end <= next_due)
    for release in waiting:
        yield take_from(plan, release)


def take_from(plan, release):
    row = (release["reward_id"], moment(release["at"]), release["quantity"])
    is_one = row in plan
    plan.discard(row)
    return is_one and row[1] <= moment(release["released_at"])


def left_before(terms, draws, releases):
    """Yield for each draw whether what it says was left is what releases and earlier draws left."""
    later = {each["reward_id"] for each in terms.get("releases", [])}
    left = {r["id"]: 0 if r["id"] in later else r["quantity"] for r in terms["rewards"] if "quantity" in r}
    waiting = list(releases)
    for draw in draws:
        while waiting and place_of(waiting[0]) <= place_of(draw):
            release = waiting.pop(0)
            left[release["reward_id"]] = left.get(release["reward_id"], 0) + release["quantity"]
        met = draw["session_draw"]
        yield met["q"] == [left.get(reward_id) for reward_id in met["rewards"]]
        yield left.get(draw["reward_id"], 1) > 0
        if draw["reward_id"] in left:
            left[draw["reward_id"]] -= 1


def fits(terms, draw):
    met = draw["session_draw"]
    return is_of_terms(terms, met) and met["roll"] == draw["roll"] and given(terms, met) == draw["reward_id"]


def counted(terms, draws):
    """Yield whether a player's limits hold, and whether the n-th draw was at node n where the type asks for that."""
    config, in_session, in_issue, reached = terms["config"], Counter(), Counter(), {}
    for draw in draws:
        player, met = draw["player"], draw["session_draw"]
        in_session[(met["occurrence"], player)] += 1
        in_issue[player] += 1
        n = in_session[(met["occurrence"], player)]
        yield n <= (config["session_times_limit"] or n) and in_issue[player] <= (
            config["times_limit"] or in_issue[player]
        )
        if config.get("count_within") == "session":
            yield met["node"] == n
        elif "count_within" in config:  # draws of other issues count too, so numbers may be missing here
            yield met["node"] > reached.get(player, 0)
            reached[player] = met["node"]
