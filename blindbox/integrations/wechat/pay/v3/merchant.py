"""Who we are at WeChat Pay, and with whose key it answers."""

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Merchant:
    """The settings of one merchant number; equal settings mean the same adapter."""

    app_id: str
    mch_id: str
    serial: str
    private_key_file: str
    api_v3_key: str = field(repr=False)
    public_key_file: str
    public_key_id: str
    pay_base: str
    notify_base: str

    @classmethod
    def from_settings(cls) -> "Merchant":
        return cls(
            app_id=settings.WECHAT_APP_ID,
            mch_id=settings.WECHAT_MCH_ID,
            serial=settings.WECHAT_MCH_SERIAL,
            private_key_file=settings.WECHAT_MCH_PRIVATE_KEY_FILE,
            api_v3_key=settings.WECHAT_API_V3_KEY,
            public_key_file=settings.WECHAT_PAY_PUBLIC_KEY_FILE,
            public_key_id=settings.WECHAT_PAY_PUBLIC_KEY_ID,
            pay_base=settings.WECHAT_PAY_BASE.rstrip("/"),
            notify_base=settings.WECHAT_NOTIFY_BASE.rstrip("/"),
        )

    @property
    def private_key(self) -> str:
        return Path(self.private_key_file).read_text()

    @property
    def public_key(self) -> str:
        return Path(self.public_key_file).read_text()

    def notify_url(self, name: str) -> str:
        """Return where WeChat sends its notices, `notify` or `refund_notify`."""
        return f"{self.notify_base}/api/payments/wechat_v3/{name}"
