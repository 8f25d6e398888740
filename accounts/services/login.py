"""WeChat login: who it is, their member, their session, and who brought them."""

from dataclasses import asdict, dataclass
from datetime import datetime

from accounts.enums import MemberStatus
from accounts.errors import AlreadyRegistered, MemberDisabled
from accounts.models import Member
from accounts.services import invites, registration, sessions
from accounts.services.invites import Binding
from accounts.services.sessions import TokenPair
from blindbox.common.errors import Unavailable
from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.login import WechatIdentity, exchange_code


@dataclass(frozen=True)
class Login(TokenPair):
    """What the mini-program gets to know."""

    is_new: bool
    invite: Binding
    user: Member


def by_wechat(*, js_code: str, invite_code: str, now: datetime) -> Login:
    """
    Log in whoever obtained this code; a first login registers.

    :raises WechatCodeInvalid: if WeChat does not know the code
    :raises WechatUnavailable: if WeChat does not answer
    :raises MemberDisabled: if the member is banned
    """
    return enter(identity=exchange_code(js_code), invite_code=invite_code, now=now)


def enter(*, identity: WechatIdentity, invite_code: str, now: datetime) -> Login:
    """
    Log in a person whom WeChat vouched for. Of several first logins at once one registers, the others find its member.

    :raises MemberDisabled: if the member is banned
    """
    member = registration.member_of(identity)
    if member is None:
        try:
            return _first(identity=identity, invite_code=invite_code, now=now)
        except AlreadyRegistered:
            member = registration.member_of(identity)
    if member is None:
        raise Unavailable  # a random code met another one: the next try has a new one
    return _again(member=member, invite_code=invite_code, now=now)


@in_transaction
def _first(*, identity: WechatIdentity, invite_code: str, now: datetime) -> Login:
    member = registration.register(identity=identity, now=now)
    binding = invites.bind(invitee=member, code=invite_code, is_new=True, now=now)
    return _entered(member, binding, is_new=True, now=now)


@in_transaction
def _again(*, member: Member, invite_code: str, now: datetime) -> Login:
    if member.status == MemberStatus.DISABLED:
        raise MemberDisabled
    binding = invites.bind(invitee=member, code=invite_code, is_new=False, now=now)
    return _entered(member, binding, is_new=False, now=now)


def _entered(member: Member, binding: Binding, *, is_new: bool, now: datetime) -> Login:
    pair = sessions.open_session(member=member, now=now)
    return Login(**asdict(pair), is_new=is_new, invite=binding, user=member)
