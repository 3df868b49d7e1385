"""What this package needs of an HTTP library: one method, implemented with libcurl and with urllib3."""

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
"""Takes a piece of an answer's body, in any thread; returns False to read no further."""

Headers = Mapping[str, str] | Message

IDLE_SECONDS = 30
"""Seconds of silence after which an exchange is given up."""

CONNECT_SECONDS = 10.0
"""Seconds that a connection may take to be made."""

_LEAVES_WITH_THE_HEAD = 16 * 1024


@dataclass(frozen=True)
class Blocks:
    """A body that is too large for memory.

    Args:
        size: bytes of all blocks together.
        blocks: the body in pieces; what it raises ends the request before its end.
    """

    size: int
    blocks: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Args:
        method: HTTP method.
        url: absolute, already accepted by `addresses.objection`.
        headers: sent in addition to `Host`, `Content-Length` and what the library adds.
        body: of a request that has one; None for a GET.
        once: whether the request must not be sent a second time by the library itself, whatever happens.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Blocks | None = field(default=None, repr=False)
    once: bool = False


def open_scope() -> Deadline:
    """Return the current deadline.

    Raises:
        NoAnswerError: it has passed.
    """
    scope = current()
    if scope.passed():
        raise NoAnswerError(causes.OUT_OF_TIME, retryable=False)
    return scope


def connect_seconds(scope: Deadline) -> float:
    """Return how many seconds a connection may take to be made, always more than 0."""
    return max(0.001, min(CONNECT_SECONDS, scope.remaining()))


def outlasts_the_head(body: bytes | Blocks | None) -> bool:
    """Return whether a server can have read a request without its body.

    A small body is in the server's buffers as soon as the head is, and so acknowledged, read or not.
    """
    return isinstance(body, Blocks) or (body is not None and len(body) > _LEAVES_WITH_THE_HEAD)


def encoded(url: str) -> str:
    """Return a URL in ASCII only, as libraries send it: other letters are encoded, what is encoded stays."""
    return url if url.isascii() else quote(url, safe=string.punctuation)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an absolute URL."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"


class Response:
    """The status and headers of an answer; its body has been passed to `receive`.

    Args:
        status: HTTP status, 200 or above.
        read_headers: returns the headers; called when they are first needed.
    """

    def __init__(self, status: int, read_headers: Callable[[], Headers]) -> None:
        self.status = status
        self._read_headers = read_headers

    @cached_property
    def headers(self) -> Headers:
        """The headers, by name in any letter case."""
        return self._read_headers()


class HttpClient(Protocol):
    """Sends requests over pooled connections; safe to share between threads.

    No implementation repeats a request that has `once`, follows a redirect, reads `.netrc` or keeps cookies. No
    exception of a library leaves it.
    """

    def exchange(self, request: Request, receive: Receive) -> Response:
        """Send one request and read its answer, within the current deadline.

        Args:
            request: what to send.
            receive: takes the body of the answer.

        Returns:
            The answer. A status of 400 or above may come with an incomplete body.

        Raises:
            NoAnswerError: no complete answer came, or the address is forbidden.
            ConfigurationError: the environment names an unusable proxy or CA bundle.
        """
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class Collector:
    """Keeps the body of an answer up to a limit.

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
        """Keep a piece; see `Receive`."""
        self._size += len(piece)
        if self._size > self.limit:
            self.truncated = True
            return False
        self._pieces.append(piece)
        return True

    @property
    def content(self) -> bytes:
        """What was kept."""
        return b"".join(self._pieces)
