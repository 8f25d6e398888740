"""Who is in the demo shop: an operator who may do everything, and members with points."""

import secrets
from datetime import datetime
from pathlib import Path

from django.contrib.auth import get_user_model

from accounts.selectors import points
from accounts.services import grants, profiles, registration
from blindbox.backoffice.demo import DEMO
from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.login import WechatIdentity
from blindbox.integrations.wechat.sandbox.keys import ensure_keys
from blindbox.integrations.wechat.sandbox.mini_program import openid_of, unionid_of
from blindbox.system import audit

OPERATOR = "admin"
PASSWORD_BYTES = 9
MEMBERS = {"demo": "演示用户", "anna": "安娜", "xiaoming": "小明"}  # and how an operator recognises them
LEAST_POINTS, POINTS = 20_000, 100_000


@in_transaction
def hire_operator(*, chosen_password: str, now: datetime) -> str | None:
    """
    Make the operator, or give an existing one the password that was chosen.

    Return the password that was made up, the only time that anybody learns it; None if there was no need for one.
    """
    operator = get_user_model().objects.filter(username=OPERATOR).first()
    made_up = "" if operator or chosen_password else secrets.token_urlsafe(PASSWORD_BYTES)
    if operator is None:
        made = get_user_model().objects.create_superuser(OPERATOR, password=chosen_password or made_up)
        audit.record(audit.Change("创建操作员", "Operator", made.pk, OPERATOR), actor=DEMO, now=now)
    elif chosen_password and not operator.check_password(chosen_password):
        operator.set_password(chosen_password)
        operator.save(update_fields=["password"])
        audit.record(audit.Change("修改操作员密码", "Operator", operator.pk, OPERATOR), actor=DEMO, now=now)
    return made_up or None


def welcome_members(*, data_dir: Path, now: datetime) -> list[str]:
    """Register whom the offline WeChat knows as `dev:<name>`, and see to it that they can pay by points."""
    keys = ensure_keys(data_dir)
    identities = {name: WechatIdentity(openid_of(keys, name), unionid_of(keys, name)) for name in MEMBERS}
    granted = {name: _welcome(identity, nickname=MEMBERS[name], now=now) for name, identity in identities.items()}
    return [
        f"用户 {MEMBERS[name]} 得到 {given} 积分（登录：js_code dev:{name}）"
        for name, given in granted.items()
        if given
    ]


@in_transaction
def _welcome(identity: WechatIdentity, *, nickname: str, now: datetime) -> int:
    member = registration.member_of(identity) or registration.register(identity=identity, now=now)
    if registration.is_unnamed(member):
        profiles.change(member_id=member.pk, nickname=nickname, now=now)
    balance = points.spendable(member.pk)
    if balance >= LEAST_POINTS:
        return 0
    given, ref = POINTS - balance, grants.ref_of(actor_id=0, key=f"demo:{now.isoformat()}")
    grants.grant(member_id=member.pk, delta=given, reason="演示积分", ref=ref, actor=DEMO, now=now)
    return given
