"""Opened boxes: the deck, derived from its sealed secret and kept in this process only (docs/fairness.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from activities.gameplay.base import Terms
from activities.services import commitments, terms
from blindbox.common import fairness
from blindbox.common.once import KeptOnce

KEPT, TREES_KEPT = 64, 16


@dataclass(frozen=True)
class Box:
    """A box in the order of its sale. It never leaves the process and is never printed."""

    issue_id: int
    secret: bytes = field(repr=False)
    deck: Sequence[int] = field(repr=False)
    bonus_at: Mapping[int, Sequence[int]] = field(repr=False)

    def tree(self) -> fairness.MerkleTree:
        """Return the Merkle tree over all positions: seconds of work for the largest box."""
        return fairness.deck_tree(self.secret, self.issue_id, self.deck)

    def salt(self, position: int) -> str:
        return fairness.salt(self.secret, self.issue_id, position)


def derive(promised: Terms, secret: bytes) -> Box:
    """Return the box that terms and secret determine."""
    tickets = [(p.id, p.quantity or 0) for p in promised.prizes if p.position == "ticket"]
    prizes = [p for p in promised.prizes if p.position != "ticket"]
    extras = [fairness.Extra(p.id, p.position, p.quantity or 0, p.position_n) for p in prizes]
    return Box(
        issue_id=promised.issue_id,
        secret=secret,
        deck=fairness.build_deck(secret, promised.issue_id, tickets),
        bonus_at=fairness.position_prizes(secret, promised.issue_id, promised.total or 0, extras),
    )


def _open(issue_id: int) -> Box:
    secret = commitments.secret_of(commitments.issue_subject(issue_id))
    return derive(terms.of_issue(issue_id), secret)


of_issue = KeptOnce(_open, most=KEPT)  # an opened issue's box, derived by the first who needs it


def _grow(issue_id: int) -> fairness.MerkleTree:
    return of_issue(issue_id).tree()


tree_of = KeptOnce(_grow, most=TREES_KEPT)  # built by the first proof that asks for it, while others wait
