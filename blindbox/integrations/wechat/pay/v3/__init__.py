"""WeChat Pay APIv3 in public-key mode, over wechatpayv3."""

from blindbox.integrations.wechat.pay.v3.adapter import WechatV3

__all__ = ["WechatV3"]
