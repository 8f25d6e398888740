"""Why this app refuses."""

from blindbox.common.errors import Conflict, Forbidden, Unauthenticated


class TokenInvalid(Unauthenticated):
    code, message = "auth.token_invalid", "登录凭证无效，请重新登录"


class TokenExpired(Unauthenticated):
    code, message = "auth.token_expired", "登录已过期"


class CredentialsInvalid(Unauthenticated):
    code, message = "auth.credentials_invalid", "用户名或密码错误"


class MemberDisabled(Forbidden):
    code, message = "auth.member_disabled", "账号已被禁用"


class BirthDateFixed(Conflict):
    code, message = "member.birth_date_fixed", "出生日期已填写，不能修改"


class AlreadyRegistered(Conflict):
    """Never leaves the login: another request of the same person was first, so that member is read."""

    code, message = "member.already_registered", "用户已存在"


class AlreadyInvited(Conflict):
    """Never leaves the login: it becomes the answer's reason."""

    code, message = "member.already_invited", "已有邀请人"


class ProtectionFixed(Conflict):
    code, message = "compliance.already_longer", "您已设置到更晚的时间，不能缩短"


class GrantTooLarge(Conflict):
    """`most` is what one grant may give."""

    code, message = "points.grant_too_large", "一次最多发放 {most} 积分"
