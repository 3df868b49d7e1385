"""Signatures for presigned URLs and page tokens."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

MAX_URL_SECONDS = 7 * 24 * 3600
"""Maximum lifetime of a presigned URL, in seconds: one week, as in object stores."""

_EXPIRES = re.compile(r"[0-9]{1,12}", re.ASCII)


class Signer:
    """HMAC signer.

    Args:
        secret: secret of at least 32 random bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, *parts: str) -> str:
        """Return a signature over the parts and the boundaries between them, as 64 hexadecimal digits."""
        text = json.dumps(parts).encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()

    def matches(self, signature: str, *parts: str) -> bool:
        """Return whether a signature matches the parts. The comparison takes constant time."""
        return hmac.compare_digest(signature.encode(), self.sign(*parts).encode())


def is_current(expires: str, now: float) -> bool:
    """Return whether a URL has not expired.

    Args:
        expires: expiry as written in the URL; malformed and implausible values are treated as expired.
        now: current time, in seconds since the epoch.
    """
    return _EXPIRES.fullmatch(expires) is not None and now < int(expires) <= now + MAX_URL_SECONDS
