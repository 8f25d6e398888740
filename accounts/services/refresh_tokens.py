"""What a refresh token is: a family that names the session, and a secret that is replaced at each use."""

import hashlib
import secrets
from dataclasses import dataclass

from accounts.errors import TokenInvalid

ENTROPY_BYTES = 24


@dataclass(frozen=True)
class RefreshToken:
    family: str
    secret: str

    @classmethod
    def fresh(cls) -> "RefreshToken":
        """Return the first token of a new session."""
        return cls(secrets.token_urlsafe(ENTROPY_BYTES), secrets.token_urlsafe(ENTROPY_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """:raises TokenInvalid: if it has not the shape of a token"""
        family, dot, secret = text.partition(".")
        if not (family and dot and secret):
            raise TokenInvalid
        return cls(family, secret)

    def successor(self) -> "RefreshToken":
        """Return the next token of the same session."""
        return RefreshToken(self.family, secrets.token_urlsafe(ENTROPY_BYTES))

    @property
    def text(self) -> str:
        return f"{self.family}.{self.secret}"

    @property
    def family_hash(self) -> str:
        return hashlib.sha256(self.family.encode()).hexdigest()

    @property
    def secret_hash(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()
