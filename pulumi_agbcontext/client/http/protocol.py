"""The interface of an HTTP client, implemented with libcurl and with urllib3."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from typing import Protocol
from urllib.parse import quote

from pulumi_agbcontext.client.http.deadline import Deadline, current
from pulumi_agbcontext.client.http.failures import NoAnswerError
from pulumi_agbcontext.messages import causes

Receive = Callable[[bytes], bool]
"""Callback for a chunk of a response body, called in any thread; returns False to stop reading."""

Headers = Mapping[str, str] | Message

IDLE_SECONDS = 30
"""Idle timeout of an exchange, in seconds."""

CONNECT_SECONDS = 10.0
"""Connect timeout, in seconds."""

_LEAVES_WITH_THE_HEAD = 16 * 1024


@dataclass(frozen=True)
class Blocks:
    """A request body that is too large for memory.

    Args:
        size: total size in bytes.
        blocks: the body in chunks; an exception from the iterator aborts the request.
    """

    size: int
    blocks: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True)
class Request:
    """An HTTP request.

    Args:
        method: HTTP method.
        url: absolute URL, already accepted by `addresses.objection`.
        headers: headers in addition to `Host`, `Content-Length` and the headers that the library adds.
        body: request body, or None for a request without one.
        once: whether the HTTP library must never resend the request automatically.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Blocks | None = field(default=None, repr=False)
    once: bool = False


def open_scope() -> Deadline:
    """Return the current deadline.

    Raises:
        NoAnswerError: the deadline has passed.
    """
    scope = current()
    if scope.passed():
        raise NoAnswerError(causes.OUT_OF_TIME, retryable=False)
    return scope


def connect_seconds(scope: Deadline) -> float:
    """Return the connect timeout in seconds, always greater than 0."""
    return max(0.001, min(CONNECT_SECONDS, scope.remaining()))


def outlasts_the_head(body: bytes | Blocks | None) -> bool:
    """Return whether a server may receive the headers of a request before its complete body.

    A small body arrives in the server's buffers together with the headers, and both are acknowledged together.
    """
    return isinstance(body, Blocks) or (body is not None and len(body) > _LEAVES_WITH_THE_HEAD)


def encoded(url: str) -> str:
    """Return a URL with non-ASCII characters percent-encoded; existing escapes are preserved."""
    return url if url.isascii() else quote(url, safe=string.punctuation)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an absolute URL."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"


class Response:
    """The status and headers of a response, whose body has been passed to `receive`.

    Args:
        status: HTTP status, 200 or above.
        read_headers: returns the headers; called on first access.
    """

    def __init__(self, status: int, read_headers: Callable[[], Headers]) -> None:
        self.status = status
        self._read_headers = read_headers

    @cached_property
    def headers(self) -> Headers:
        """Return the headers, with case-insensitive names."""
        return self._read_headers()


class HttpClient(Protocol):
    """HTTP client with pooled connections; safe to share between threads.

    Implementations do not resend a request with `once`, follow redirects, read `.netrc` or keep cookies. They convert
    all exceptions of the HTTP library.
    """

    def exchange(self, request: Request, receive: Receive) -> Response:
        """Send a request and read the response, within the current deadline.

        Args:
            request: the request to send.
            receive: callback for the chunks of the response body.

        Returns:
            The response. If the status is 400 or above, the body may be incomplete.

        Raises:
            NoAnswerError: no complete response was received, or the address is forbidden.
            ConfigurationError: the configured proxy or CA bundle is not usable.
        """
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class Collector:
    """Collector for a response body, up to a limit.

    Args:
        limit: maximum size in bytes.

    Attributes:
        limit: maximum size in bytes.
        truncated: whether the body is longer than the limit.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.truncated = False

    def receive(self, piece: bytes) -> bool:
        """Store a chunk; see `Receive`."""
        self._size += len(piece)
        if self._size > self.limit:
            self.truncated = True
            return False
        self._pieces.append(piece)
        return True

    @property
    def content(self) -> bytes:
        """Return the collected bytes."""
        return b"".join(self._pieces)
