"""The keys of the sandbox's one merchant: made once per data directory, the same at every later start."""

import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

MERCHANT_PRIVATE, MERCHANT_PUBLIC = "merchant_private.pem", "merchant_public.pem"
PLATFORM_PRIVATE, PLATFORM_PUBLIC = "platform_private.pem", "platform_public.pem"
FACTS = "merchant.json"


@dataclass(frozen=True)
class Keyring:
    """What both sides know: blindbox reads `settings`, the sandbox also holds the platform's private key."""

    folder: Path
    app_id: str
    app_secret: str = field(repr=False)
    mch_id: str
    mch_serial: str
    api_v3_key: str = field(repr=False)
    public_key_id: str

    @property
    def settings(self) -> dict[str, str]:
        """Return blindbox's settings for this merchant, all but the addresses."""
        return {
            "WECHAT_APP_ID": self.app_id,
            "WECHAT_APP_SECRET": self.app_secret,
            "WECHAT_MCH_ID": self.mch_id,
            "WECHAT_MCH_SERIAL": self.mch_serial,
            "WECHAT_MCH_PRIVATE_KEY_FILE": str(self.folder / MERCHANT_PRIVATE),
            "WECHAT_API_V3_KEY": self.api_v3_key,
            "WECHAT_PAY_PUBLIC_KEY_FILE": str(self.folder / PLATFORM_PUBLIC),
            "WECHAT_PAY_PUBLIC_KEY_ID": self.public_key_id,
        }

    def pem(self, name: str) -> bytes:
        """Return one key file."""
        return (self.folder / name).read_bytes()


def sandbox_folder(data_dir: Path | str) -> Path:
    """Return, and make, the sandbox's corner of a data directory; only its owner may look in."""
    folder = Path(data_dir).resolve() / "sandbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def ensure_keys(data_dir: Path | str) -> Keyring:
    """Return the keys of a data directory, made at the first call; `sandbox/keys.json` tells blindbox of them."""
    folder = sandbox_folder(data_dir) / "keys"
    if not folder.exists():
        _make(folder)
    keyring = Keyring(folder=folder, **json.loads((folder / FACTS).read_text()))
    _publish(keyring)
    return keyring


def _make(folder: Path) -> None:
    """Fill a folder aside and move it into place: two that start at once end with one set of keys."""
    aside = Path(tempfile.mkdtemp(prefix="keys-", dir=folder.parent))
    _write_pair(generate_private_key(65537, 2048), aside / MERCHANT_PRIVATE, aside / MERCHANT_PUBLIC)
    _write_pair(generate_private_key(65537, 2048), aside / PLATFORM_PRIVATE, aside / PLATFORM_PUBLIC)
    _write(aside / FACTS, json.dumps(_facts(), indent=2).encode())
    try:
        aside.rename(folder)
    except OSError:  # the other one was faster
        shutil.rmtree(aside)


def _facts() -> dict[str, str]:
    return {
        "app_id": f"wx{secrets.token_hex(8)}",
        "app_secret": secrets.token_hex(16),
        "mch_id": f"16{secrets.randbelow(10**8):08}",
        "mch_serial": secrets.token_hex(20).upper(),
        "api_v3_key": secrets.token_hex(16),
        "public_key_id": f"PUB_KEY_ID_{secrets.randbelow(10**28):028}",
    }


def _write_pair(key: RSAPrivateKey, private: Path, public: Path) -> None:
    _write(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _publish(keyring: Keyring) -> None:
    path = keyring.folder.parent / "keys.json"
    content = json.dumps(keyring.settings, indent=2).encode()
    if not path.exists() or path.read_bytes() != content:  # the directory may have been moved
        aside = path.with_suffix(f".{os.getpid()}")
        _write(aside, content)
        aside.replace(path)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
