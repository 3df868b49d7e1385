"""Account of a client: endpoint, API key and limits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.http.addresses import is_loopback, objection
from pulumi_agbcontext.messages import causes


@dataclass(frozen=True)
class Account:
    """An API key at an endpoint, validated on construction; no request is sent.

    Args:
        endpoint: base URL of the API; `https://` is added if it has no scheme.
        api_key: the API key; omitted from `repr`.
        timeout: maximum duration of an API call in seconds, including its retries (API reference: 60 s).
        parallel_uploads: maximum number of files in flight in the process; the actual number depends on the throughput.
        allow_insecure: whether plain `http` to other machines is allowed, for the API and for presigned URLs.

    Raises:
        ConfigurationError: a value is invalid.
    """

    endpoint: str
    api_key: str = field(repr=False)
    timeout: float = 60.0
    parallel_uploads: int = 128
    allow_insecure: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "endpoint", _normal_endpoint(self.endpoint, self.allow_insecure))
        object.__setattr__(self, "api_key", _checked_key(self.api_key))
        if not 0 < self.timeout < float("inf"):
            raise messages.unusable_setting("the timeout", f"{self.timeout:g} s", "a positive number of seconds")
        if self.parallel_uploads < 1:
            raise messages.unusable_setting("parallelUploads", str(self.parallel_uploads), "1 or more")

    @property
    def is_local(self) -> bool:
        """Return whether the endpoint is on this machine."""
        return is_loopback(urlsplit(self.endpoint).hostname or "")

    @property
    def fingerprint(self) -> str:
        """Return a short one-way hash of endpoint and key that identifies the account in state."""
        secret = f"agbcontext\0{self.endpoint}\0{self.api_key}"
        return hashlib.sha256(secret.encode()).hexdigest()[:16]


def _normal_endpoint(endpoint: str, allow_insecure: bool) -> str:
    """Return the endpoint in canonical form: with a scheme, a lower-case host and no trailing slash."""
    text = endpoint.strip()
    url = text if "://" in text else f"https://{text}"
    if reason := objection(url, allow_insecure=allow_insecure):
        raise messages.unusable_endpoint(endpoint, reason)
    parts = urlsplit(url)
    if parts.query or parts.fragment or "@" in parts.netloc or any(c.isspace() for c in url):
        raise messages.unusable_endpoint(endpoint, causes.NOT_A_URL)
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/"), "", ""))


def _checked_key(api_key: str) -> str:
    """Return the key without surrounding whitespace, or raise if it is not valid in an HTTP header."""
    key = api_key.strip()
    if not key:
        raise messages.missing_key()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise messages.unusable_key()
    return key
