"""Numbers that people read out and WeChat stores: unguessable, unique by constraint, sortable by eye."""

import secrets
from datetime import datetime

from blindbox.common.business_day import SHANGHAI


def order_number(*, now: datetime) -> str:
    """Return 22 digits: the local second and ten random ones."""
    return f"{now.astimezone(SHANGHAI):%y%m%d%H%M%S}{secrets.randbelow(10**10):010d}"
