"""Signatures of presigned URLs and page tokens."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

LONGEST_URL_SECONDS = 7 * 24 * 3600
"""Object stores sign for a week at most: an expiry beyond it is no expiry of ours."""

_EXPIRES = re.compile(r"[0-9]{1,12}", re.ASCII)


class Signer:
    """Signs with a secret that only the server's store knows.

    Args:
        secret: at least 32 random bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, *parts: str) -> str:
        """A signature over the parts, each kept apart from the next: hexadecimal, 64 digits."""
        text = json.dumps(parts).encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()

    def matches(self, signature: str, *parts: str) -> bool:
        """Whether the signature is that of the parts, compared in constant time."""
        return hmac.compare_digest(signature.encode(), self.sign(*parts).encode())


def is_current(expires: str, now: float) -> bool:
    """Whether an expiry, as it stands in a URL, is a plain number of seconds that lies ahead but not absurdly far."""
    return _EXPIRES.fullmatch(expires) is not None and now < int(expires) <= now + LONGEST_URL_SECONDS
