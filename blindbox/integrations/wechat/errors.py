"""What can go wrong between us and the mini-program's server API."""

from blindbox.common.errors import Invalid, Unauthenticated, Unavailable


class WechatCodeInvalid(Unauthenticated):
    """The code of wx.login is unknown, used or too old: the member asks for a new one."""

    code, message = "auth.wechat_code_invalid", "微信登录凭证无效或已使用，请重新获取"


class PhoneCodeInvalid(Invalid):
    """The code of the phone button is unknown, used or too old; the member stays logged in."""

    message = "手机号授权已失效，请重新点击获取手机号"

    def __init__(self, *, errcode: int, errmsg: str) -> None:
        refused = {"field": "phone_code", "code": f"wechat_{errcode}", "message": self.message}
        super().__init__(refused | {"errmsg": errmsg})


class WechatUnavailable(Unavailable):
    """WeChat did not answer, is busy, or refused us for a reason that the member cannot mend."""

    code, message = "wechat.provider_unavailable", "微信服务暂时不可用，请稍后再试"
