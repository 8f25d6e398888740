"""Read a request's Idempotency-Key."""

import hashlib
import json
import re

from rest_framework.request import Request
from rest_framework.response import Response

from blindbox.system.idempotency import Claim, KeyRequired

_VISIBLE = re.compile(r"[\x21-\x7e]{1,64}")
REPLAYED = {"Idempotent-Replay": "true"}


def claim_of(request: Request, *, realm: str, actor_id: int) -> Claim:
    """:raises KeyRequired: if the header is missing or not 1–64 visible ASCII characters"""
    key = request.headers.get("Idempotency-Key", "")
    if not _VISIBLE.fullmatch(key):
        raise KeyRequired
    body = json.dumps(request.data, sort_keys=True)
    digest = hashlib.sha256("\n".join([str(request.method), request.path, body]).encode()).hexdigest()
    return Claim(realm=realm, actor_id=actor_id, key=key, fingerprint=digest)


def answer(body: object, *, status: int, replayed: bool) -> Response:
    """Answer a consuming POST, saying so when it is a repeat."""
    return Response(body, status=status, headers=REPLAYED if replayed else None)
