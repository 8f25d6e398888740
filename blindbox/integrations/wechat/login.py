"""Who is in front of the phone: WeChat's login code and phone code, exchanged for facts that we may rely on."""

import logging
from dataclasses import dataclass
from typing import Any

from wechatpy.exceptions import WeChatClientException

from blindbox.common.errors import DomainError
from blindbox.integrations.wechat.client import mini_program
from blindbox.integrations.wechat.errors import PhoneCodeInvalid, WechatCodeInvalid, WechatUnavailable

logger = logging.getLogger(__name__)

CODE_REFUSED = {40029, 40163, 41008}  # invalid, used already, missing
LONGEST_ERRMSG = 200


@dataclass(frozen=True)
class WechatIdentity:
    """A person as this mini-program knows them; unionid only where it belongs to an open-platform account."""

    openid: str
    unionid: str | None


def exchange_code(js_code: str) -> WechatIdentity:
    """
    Ask WeChat who obtained this wx.login code. The session key is dropped: nothing here needs it.

    :raises WechatCodeInvalid: if the code is unknown, used or too old
    :raises WechatUnavailable: if WeChat gives no usable answer
    """
    client = mini_program()
    # Not wechatpy's code_to_session: that one first fetches an access token which this call does not need.
    query = {"appid": client.appid, "secret": client.secret, "js_code": js_code, "grant_type": "authorization_code"}
    answer = client.raw("GET", "sns/jscode2session", params=query)
    _refuse(answer.get("errcode"), answer.get("errmsg"), WechatCodeInvalid)
    openid = answer.get("openid")
    if not isinstance(openid, str) or not openid:
        raise WechatUnavailable(reason="no openid")
    return WechatIdentity(openid=openid, unionid=answer.get("unionid") or None)


def phone_number(phone_code: str) -> str:
    """
    Exchange the code of the phone button for the number, as WeChat shows it (foreign ones with country code).

    :raises PhoneCodeInvalid: if the code is unknown, used or too old
    :raises WechatUnavailable: if WeChat gives no usable answer, or one meant for another mini-program
    """
    client = mini_program()
    try:
        answer = client.call("wxa/business/getuserphonenumber", {"code": phone_code})
    except WeChatClientException as error:
        _refuse(error.errcode, error.errmsg, PhoneCodeInvalid)
        raise WechatUnavailable(reason="http") from None
    return _own_number(answer.get("phone_info"), appid=client.appid)


def _own_number(info: Any, *, appid: str) -> str:
    match info:
        case {"phoneNumber": str(number), "watermark": {"appid": str(owner)}} if number and owner == appid:
            return number
    raise WechatUnavailable(reason="watermark")


def _refuse(errcode: Any, errmsg: Any, invalid: type[DomainError]) -> None:
    if not errcode:
        return
    if errcode in CODE_REFUSED:
        in_its_words = str(errmsg or "")[:LONGEST_ERRMSG]  # they say more than ours
        raise invalid(errcode=errcode, errmsg=in_its_words)
    logger.warning("WeChat refused a call with errcode %s", errcode)
    raise WechatUnavailable(errcode=errcode)
