"""对对碰 pairs/1（第 5 节）。"""

import json
from collections import Counter

from proofcheck.odds import tables_of
from proofcheck.published import check_day
from proofcheck.streams import shuffle, stream


def check_pairs_draw(proof):
    draw, secret, terms, show = proof["draw"], proof["day_secret"], json.loads(proof["issue"]["terms"]), proof["play"]
    config, choice = terms["config"], proof["choice"]
    yield from check_day(proof)
    yield "概率表就是条款公示的概率", proof["table"] == tables_of(terms)[0]
    yield "概率之和为一", sum(ppm for _, ppm in proof["table"]) == 1_000_000
    types = [str(card["type"]) for card in config["cards"]] if config.get("lucky_gain") else [None]
    yield "预选在可选的种类里", choice in types
    fields = (proof["day"], draw["issue_id"], proof["player"], proof["seq"], proof["nonce"])
    session = secret and played(cards_of(secret, fields, config["cards"]), config, choice)
    yield "牌局相符", secret and session == (show["events"], show["pairs"])
    yield "奖品相符", (settled_by_pairs if config["variant"] == "score" else settled_by_card)(proof, terms)


def cards_of(secret, fields, cards):
    deck = [card["type"] for card in cards for _ in range(card["count"])]
    return shuffle(deck, stream(secret, "blindbox/pairs/1", *fields))


def played(deck, config, choice):
    """Return the events of a session and its pairs; of what is due, the lucky card comes first, then the least pair."""
    rest, lying, events, lucky, pairs = list(deck), Counter(), [], 0, 0

    def deal(n):
        cards, rest[:n] = rest[:n], []
        lying.update(cards)
        events.extend([{"deal": cards}] if cards else [])
        return sum(str(card) == choice for card in cards)

    lucky += deal(config["hand"])
    if config.get("different_gain") and len(lying) == config["hand"]:
        events.append({"different": True})
        lucky += deal(config["different_gain"])
    while lucky or any(n > 1 for n in lying.values()):
        if lucky:
            events.append({"lucky": int(choice)})
            lucky += deal(config.get("lucky_gain", 0)) - 1
        else:
            least = min(kind for kind, n in lying.items() if n > 1)
            lying[least] -= 2
            pairs += 1
            events.append({"pair": least})
            lucky += deal(config["gain"])
    return events, pairs


def settled_by_pairs(proof, terms):
    """The highest tier that the pairs reach, or what the terms put in its place; every one skipped is named."""
    show, rewards = proof["play"], {r["id"]: r for r in terms["rewards"]}
    tiers = [r for r in terms["rewards"] if "node" in r and r["node"] <= show["pairs"]]
    tier = max(tiers, key=lambda r: r["node"])["id"]
    at, skipped = tier, []
    while at != proof["draw"]["reward_id"]:
        if at in skipped or "quantity" not in rewards.get(at, {}):
            return False
        skipped.append(at)
        at = rewards[at].get("substitute_id")
    replaced = tier if skipped else None
    said = (show["tier"], show["skipped"], show.get("substituted_for"), proof["substituted_for"])
    return said == (tier, skipped, replaced, replaced) and not proof["draw"]["is_bonus"]


def settled_by_card(proof, terms):
    """The first card of a session is its own result, every further one comes on top."""
    dealt = [card for event in proof["play"]["events"] for card in event.get("deal", [])]
    place = (proof["card"] or 0) if proof["draw"]["is_bonus"] else 1
    if not 1 + proof["draw"]["is_bonus"] <= place <= len(dealt):
        return False
    return [r["id"] for r in terms["rewards"] if r["node"] == dealt[place - 1]] == [proof["draw"]["reward_id"]]
