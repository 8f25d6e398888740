"""A shop to draw from: its own database, rich members with tokens, a fresh large box for every cell."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import tokens
from accounts.models import Member
from activities.models import Issue
from activities.services import opening
from activities.settings import ADULT_LIMITS, PURCHASES
from blindbox.system import configs
from blindbox.system.audit import SYSTEM
from blindbox.system.rates import NO_LIMIT
from tests.factories.accounts import make_member
from tests.factories.activities import box_rewards, make_activity, make_draft, make_product

PURSE = 10**12
BOX = 100_000


@dataclass(frozen=True)
class Buyer:
    id: int
    account_id: int
    token: str


@dataclass(frozen=True)
class Box:
    activity_id: int
    issue_id: int
    product_id: int


def rebuild() -> None:
    """Drop and make the benchmark's database; its name must say that it is one."""
    name = settings.DATABASES["default"]["NAME"]
    if "bench" not in name:
        raise SystemExit(f"refusing to drop {name}: name the benchmark's database *bench*")
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    call_command("migrate", verbosity=0)
    for setting in ADULT_LIMITS.values():  # its members draw all day; what counts and guards it stays
        configs.change(key=setting.key, value=10**12, actor=SYSTEM, now=timezone.now())


def lift_limits() -> None:
    """Let one member buy as fast as a machine can."""
    configs.change(key=PURCHASES.setting.key, value=NO_LIMIT, actor=SYSTEM, now=timezone.now())


def buyers(count: int) -> list[Buyer]:
    """Return members who can pay for everything, with tokens that outlive the run."""
    settings.ACCESS_TOKEN_SECONDS = 6 * 3600
    return [_buyer(make_member(points_balance=PURSE, now=timezone.now())) for _ in range(count)]


def _buyer(member: Member) -> Buyer:
    subject = tokens.Subject(id=member.pk, epoch=member.epoch)
    token = tokens.issue(audience=tokens.Audience.MEMBER, subject=subject, now=timezone.now())
    return Buyer(id=member.pk, account_id=member.point_accounts.get(kind="general").pk, token=token)


def open_box(*, total: int = BOX) -> Box:
    """Return a box that no cell sells out."""
    now, product = timezone.now(), make_product(name=f"徽章 {secrets.token_hex(3)}", stock=10**6)
    activity = make_activity(name=f"基准 {secrets.token_hex(3)}", now=now)
    issue: Issue = make_draft(activity, box_rewards(product, total=total, last=False), now=now)
    opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=now)
    return Box(activity.pk, issue.pk, product.pk)
