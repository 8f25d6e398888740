"""One-time proofs that a level was passed. The holder shows a signed id, so that a table that leaks opens nothing."""

from datetime import datetime

from django.core.signing import BadSignature, Signer

from accounts import selectors as accounts
from activities.enums import IssueStatus
from activities.errors import NoSuchLevel, NotALevelGame, PassDoesNotFit
from activities.gameplay import registry
from activities.gameplay.base import InvalidConfig
from activities.models import Issue, LevelPass, Reward
from activities.selectors import activity as activity_or_404
from activities.services import terms
from activities.services.play_config import config_of
from blindbox.common.retry import in_transaction
from blindbox.system import audit

_signer = Signer(salt="blindbox.level_pass")


@in_transaction
def issue(*, activity_id: int, member_id: int, node: int, actor: audit.Actor, now: datetime) -> LevelPass:
    """
    Note that a member passed a level, as the game's own server says.

    :raises ActivityNotFound, NotFound: if there is no such activity or member
    :raises NotALevelGame, NoSuchLevel: if nobody could use such a pass
    """
    activity, member = activity_or_404(activity_id), accounts.member_or_404(member_id)
    _refuse_useless(activity_id, node)
    made = LevelPass.objects.create(activity=activity, member_id=member.pk, node=node, created_at=now)
    facts = {"member_id": member.pk, "node": node}
    audit.record(audit.Change("发放通关凭证", "LevelPass", made.pk, activity.name, after=facts), actor=actor, now=now)
    return made


def _refuse_useless(activity_id: int, node: int) -> None:
    unclosed = Issue.objects.filter(activity_id=activity_id).exclude(counter__status=IssueStatus.CLOSED)
    games = [issue for issue in unclosed.select_related("activity") if _asks_for_passes(issue)]
    if not games:
        raise NotALevelGame
    if not Reward.objects.filter(issue__in=games, node=node).exists():
        raise NoSuchLevel(level=node)


def _asks_for_passes(issue: Issue) -> bool:
    try:
        own = terms.promised_by(issue).config if issue.terms else config_of(issue).own
    except InvalidConfig:  # a draft that cannot open asks for nothing
        return False
    return "pass" in registry.get(issue.activity.gameplay).options(own)


def shown(pass_id: int) -> str:
    """Return what the member brings to the draw."""
    return _signer.sign(str(pass_id))


def level_of(passed: str, *, activity_id: int, member_id: int) -> int | None:
    """Return the level that an unused pass of this member proves; None if it proves none."""
    row = LevelPass.objects.filter(pk=_id_of(passed), activity_id=activity_id, member_id=member_id, batch_id=None)
    return row.values_list("node", flat=True).first()


def use(passed: str, *, batch_id: int, level: int) -> None:
    """
    Use a pass up inside the caller's transaction.

    :raises PassDoesNotFit: if it was used meanwhile
    """
    if not LevelPass.objects.filter(pk=_id_of(passed), node=level, batch_id=None).update(batch_id=batch_id):
        raise PassDoesNotFit(level=level)


def _id_of(passed: str) -> int:
    try:
        return int(_signer.unsign(passed))
    except (BadSignature, ValueError):
        return 0  # no pass has it
