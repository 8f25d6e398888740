"""Granting units to members and taking them back; the one writer of user_inventory."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import F

from blindbox.common import sql
from blindbox.common.retry import in_transaction
from orders.enums import InventoryReason, InventoryStatus
from orders.errors import InventoryNotHeld
from orders.models import InventoryItem

_COLUMNS = (
    "member product source source_id source_part title image_url reference_value_fen status reason version "
    "created_at updated_at"
)


class Unit(NamedTuple):
    """One unit to grant: which part of its source it is, and what it is."""

    part: int
    product_id: int
    title: str
    image_url: str
    reference_value_fen: int


def grant(*, member_id: int, source: str, source_id: int, units: Sequence[Unit], now: datetime) -> dict[int, int]:
    """
    Grant units inside the caller's transaction, with one statement; return the id of each by its part.

    :raises IntegrityError: if a part of this source was granted before; the caller's transaction rolls back
    """
    rows = (
        (member_id, u.product_id, source, source_id, u.part, u.title, u.image_url, u.reference_value_fen)
        + (InventoryStatus.HELD, "", 0, now, now)
        for u in units
    )
    return sql.insert_keyed(InventoryItem, _COLUMNS, rows, by="source_part", shared="source source_id")


@in_transaction
def revoke(*, source: str, source_id: int, parts: Sequence[int], now: datetime) -> None:
    """
    Take back units that were refunded, all or none.

    :raises InventoryNotHeld: if one of them left its owner's hands
    """
    held = InventoryItem.objects.filter(
        source=source, source_id=source_id, source_part__in=parts, status=InventoryStatus.HELD
    )
    gone = held.update(
        status=InventoryStatus.GONE, reason=InventoryReason.REFUNDED, version=F("version") + 1, updated_at=now
    )
    if gone != len(parts):
        raise InventoryNotHeld
