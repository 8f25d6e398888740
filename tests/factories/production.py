"""What production's settings ask for, as a test of something else may give it: in memory, and WeChat nowhere."""

from base64 import b64encode

PLAUSIBLE_PRODUCTION = {
    "ALLOWED_HOSTS": "127.0.0.1",
    "DATABASE_URL": "sqlite://:memory:",
    "CACHE_URL": "locmem://",
    "BROKER_URL": "memory://localhost",
    "SECRET_KEY": "plausible-secret-key-of-more-than-thirty-two-bytes-0123456789",
    "JWT_KEY": "plausible-jwt-key-of-more-than-thirty-two-bytes",
    "DRAW_SECRET_KEYS": f"plausible:{b64encode(bytes(range(32))).decode()}",
    "WECHAT_NOTIFY_BASE": "https://shop.example.com",
    "WECHAT_APP_ID": "wx0000000000000000",
    "WECHAT_APP_SECRET": "plausible",
    "WECHAT_MCH_ID": "1900000000",
    "WECHAT_MCH_SERIAL": "plausible",
    "WECHAT_MCH_PRIVATE_KEY_FILE": "/nowhere/private.pem",
    "WECHAT_API_V3_KEY": "0123456789abcdef0123456789abcdef",
    "WECHAT_PAY_PUBLIC_KEY_FILE": "/nowhere/public.pem",
    "WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_plausible",
}
