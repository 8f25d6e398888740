"""Which group of operators may do what, to begin with; afterwards the back office's own page adjusts it."""

from datetime import datetime

from django.contrib.auth.models import Group, Permission

from blindbox.common.retry import in_transaction
from blindbox.system import audit

ALL = ("view", "add", "change", "delete")
VIEW = ("view",)
Grants = dict[str, tuple[str, ...]]

LOOK: Grants = {
    "accounts.member": VIEW,
    "accounts.pointentry": VIEW,
    "accounts.invite": VIEW,
    "activities.activity": VIEW,
    "activities.activitycategory": VIEW,
    "activities.issue": VIEW,
    "activities.reward": VIEW,
    "activities.drawlog": VIEW,
    "activities.drawbatch": VIEW,
    "activities.drawcommitment": VIEW,
    "activities.prizedelivery": VIEW,
    "activities.sessiondraw": VIEW,
    "activities.bossseason": VIEW,
    "activities.bossplayer": VIEW,
    "activities.bossaward": VIEW,
    "catalog.product": VIEW,
    "catalog.category": VIEW,
    "orders.order": VIEW,
    "orders.payment": VIEW,
    "orders.refund": VIEW,
    "orders.paymentcallback": VIEW,
    "orders.inventoryitem": VIEW,
    "system.notice": VIEW,
}
WATCH: Grants = {"activities.risknote": VIEW, "activities.drawluck": VIEW}  # not for those whom it may be about
RUN: Grants = {
    "activities.activity": ALL,
    "activities.activitycategory": ALL,
    "activities.issue": ALL,
    "activities.reward": ALL,
    "activities.bossseason": ALL,
    "catalog.product": ALL,
    "catalog.category": ALL,
    "system.notice": ALL,
}
MONEY: Grants = {name: VIEW for name in LOOK if name.startswith(("orders.", "accounts."))}
MONEY |= {"system.operationlog": VIEW, "system.finding": VIEW}
ROLES: dict[str, tuple[Grants, tuple[str, ...]]] = {
    "运营": ({**LOOK, **RUN}, ("activities.change_prizedelivery", "activities.deliver_prizes")),
    "客服": (
        LOOK,
        ("accounts.disable_member", "accounts.grant_points", "accounts.record_consent", "accounts.view_phone",
         "activities.change_prizedelivery", "activities.deliver_prizes", "orders.add_refund"),
    ),
    "仓库": (
        {"catalog.product": ("view", "change"), "catalog.category": VIEW, "orders.order": VIEW,
         "orders.inventoryitem": VIEW},
        (),
    ),
    "财务": (
        {**MONEY, **WATCH, "activities.issue": VIEW, "activities.reward": VIEW},
        ("orders.add_refund", "activities.approve_loss", "activities.change_risknote"),
    ),
    "只读": ({**LOOK, **WATCH, "system.operationlog": VIEW, "system.config": VIEW, "system.outboxmessage": VIEW,
             "system.finding": VIEW}, ()),
}  # fmt: skip


@in_transaction
def set_up(*, reset: bool, now: datetime) -> list[tuple[str, int]]:
    """
    Create the groups that are missing, with their permissions; `reset` also puts existing ones back to the beginning.

    Return the groups that were written and how many permissions each has.
    """
    there = {group.name: group for group in Group.objects.filter(name__in=ROLES)}
    wanted = [name for name in ROLES if reset or name not in there]
    return [(name, _write(there.get(name) or Group.objects.create(name=name), now=now)) for name in wanted]


def _write(group: Group, *, now: datetime) -> int:
    grants, commands = ROLES[group.name]
    codes = [f"{model.split('.')[0]}.{verb}_{model.split('.')[1]}" for model, verbs in grants.items() for verb in verbs]
    permissions = [_permission(code) for code in [*codes, *commands]]
    before = sorted(group.permissions.values_list("codename", flat=True))
    group.permissions.set(permissions)
    after = sorted(permission.codename for permission in permissions)
    sides = ({"permissions": before}, {"permissions": after})
    audit.record(audit.Change("设置岗位权限", "Group", group.pk, group.name, *sides), actor=audit.SYSTEM, now=now)
    return len(permissions)


def _permission(code: str) -> Permission:
    """:raises Permission.DoesNotExist: for a code that no model has, so that a renamed model is noticed"""
    label, codename = code.split(".")
    return Permission.objects.get(content_type__app_label=label, codename=codename)
