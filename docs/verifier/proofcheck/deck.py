"""有限箱 deck/1（第 4 节）。"""

import json
from collections import Counter
from hashlib import sha256

from proofcheck.published import moment
from proofcheck.streams import hmac, sha, shuffle, stream


def deck_of(secret, issue_id, rewards):
    deck = [r["id"] for r in rewards if r["position"] == "ticket" for _ in range(r["quantity"])]
    return shuffle(deck, stream(secret, "blindbox/deck/1", issue_id))


def extras_of(secret, issue_id, total, rewards):
    """Yield (sale number, reward id) of each prize that comes on top; without the secret only those that need none."""
    spans = {"first": total // 2, "global": total}
    extras = [(r["position"], r.get("position_n"), r["id"], unit) for r in rewards for unit in range(r["quantity"])]
    for position, n, reward_id, unit in extras:
        known = {"last": total, "nth": n, "every": (n or 0) * (unit + 1)}
        if position == "repdigit":  # 11, 22 … 99, 111, 222 …
            yield int(str(unit % 9 + 1) * (unit // 9 + 2)), reward_id
        elif position in known:
            yield known[position], reward_id
        elif position in spans and secret:
            yield 1 + stream(secret, "blindbox/position/1", issue_id, reward_id, unit)(spans[position]), reward_id


def leaf(issue_id, position, reward_id, salt):
    return sha("blindbox/leaf/1", issue_id, position, reward_id, salt)


def node(left, right):
    return sha256(b"\x01" + bytes.fromhex(left + right)).hexdigest()


def root_from(leaf_hash, path):
    for side, sibling in path:
        leaf_hash = node(sibling, leaf_hash) if side == "L" else node(leaf_hash, sibling)
    return leaf_hash


def root_of(level):
    while len(level) > 1:
        level = [node(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


def sides_of(position, total):
    """Return the sides that only the path of this position shows."""
    index, sides = position - 1, []
    while total > 1:
        if index ^ 1 < total:
            sides.append("L" if index % 2 else "R")
        index, total = index // 2, (total + 1) // 2
    return sides


def box_root(issue_id, secret, terms):
    deck = enumerate(deck_of(secret, issue_id, terms["rewards"]), start=1)
    return root_of([leaf(issue_id, p, r, hmac(secret, "blindbox/salt/1", issue_id, p).hex()) for p, r in deck])


def check_box(issue):
    """Yield what the secret shows once it is public."""
    terms, issue_id, secret = json.loads(issue["terms"]), issue["issue_id"], issue["secret"]
    fields = (issue_id, issue["terms_hash"], issue["root"], secret)
    yield "密钥与承诺相符", secret and sha("blindbox/commit/1", *fields) == issue["commitment"]
    yield "整箱与默克尔根相符", secret and box_root(issue_id, secret, terms) == issue["root"]


def check_deck_draw(proof):
    draw, issue = proof["draw"], proof["issue"]
    terms, issue_id, number = json.loads(issue["terms"]), issue["issue_id"], draw["ticket_no"]
    tickets = {r["id"]: r["quantity"] for r in terms["rewards"] if r["position"] == "ticket"}
    total = sum(tickets.values())
    held = [draw["reward_id"]] if not draw["is_bonus"] else list(tickets)
    roots = {root_from(leaf(issue_id, number, reward, proof["salt"]), proof["path"]) for reward in held}
    yield "承诺先于抽奖", moment(issue["log"]["published_at"]) <= moment(draw["drawn_at"])
    yield "票号等于顺序", terms.get("pick_number", False) or number == turn_of(draw)
    yield "路径属于这个票号", [side for side, _ in proof["path"]] == sides_of(number, total)
    yield "票与默克尔根相符", issue["root"] in roots
    if draw["is_bonus"]:
        met = (turn_of(draw), draw["reward_id"]) in extras_of(issue["secret"], issue_id, total, terms["rewards"])
        yield "附加奖的位置相符", met or (None if not issue["secret"] and is_hidden(terms, draw) else False)


def turn_of(draw):
    """An extra prize has no sale of its own: it came with that of its ticket."""
    return draw["ticket_no"] if draw["is_bonus"] and draw["sale_no"] is None else draw["sale_no"]


def is_hidden(terms, draw):
    return any(r["id"] == draw["reward_id"] and r["position"] in ("first", "global") for r in terms["rewards"])


def check_draws_of(proof):
    """Yield what only all draws of a box together show: none is missing, doubled, or swapped."""
    terms, issue_id, secret = json.loads(proof["terms"]), proof["issue_id"], proof["secret"]
    total, sold = proof["deck"]["total"], proof["deck"]["sold"]
    own = [d for d in proof["draws"] if not d["is_bonus"]]
    extras = Counter((turn_of(d), d["reward_id"]) for d in proof["draws"] if d["is_bonus"])
    yield "每一抽恰好一次", sorted(d["sale_no"] for d in own) == list(range(1, sold + 1))
    deck = secret and deck_of(secret, issue_id, terms["rewards"])
    yield "每一抽的奖品相符", deck and all(deck[d["ticket_no"] - 1] == d["reward_id"] for d in own)
    due = Counter((at, r) for at, r in extras_of(secret, issue_id, total, terms["rewards"]) if at <= sold)
    yield "附加奖一个不多、一个不少", extras == due if secret else (None if due <= extras else False)
