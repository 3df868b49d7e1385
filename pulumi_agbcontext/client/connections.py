"""Pooled HTTP connections under deadlines: the only module that opens sockets.

Nothing here repeats a request or follows a redirect, and no exception of a library leaves the module.
"""

from __future__ import annotations

import http.client
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit

from pulumi_agbcontext.client import deadline
from pulumi_agbcontext.client.addresses import resolves_to_link_local
from pulumi_agbcontext.client.conversation import Body, Conversation, Response
from pulumi_agbcontext.client.failures import NoAnswerError, translated
from pulumi_agbcontext.messages import reasons

__all__ = ["Body", "Connections", "NoAnswerError", "Response"]

T = TypeVar("T")

CONNECT_SECONDS = 10.0

_FOREIGN = (http.client.HTTPException, OSError, ValueError)


class Connections:
    """Connections to any host, kept open between requests and shared by threads.

    Args:
        size: how many idle connections to keep for each host.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], consume: Callable[[Response], T], body: Body = b""
    ) -> T:
        """Send one request and read its answer, within the current deadline.

        Args:
            method: HTTP method.
            url: absolute, already judged fit to be spoken to.
            headers: sent as they are.
            consume: reads what it wants of the answer; the connection is reused if it read everything.
            body: bytes or pieces of them; a `Content-Length` header has to say how many.

        Returns:
            What `consume` returns.

        Raises:
            NoAnswerError: no whole answer came.
        """
        try:
            parts = urlsplit(url)
            host = self._host(f"{parts.scheme}://{parts.netloc}")
            conversation = host.take()
            try:
                return consume(conversation.ask(method, host.route.head(method, parts, headers), body))
            finally:
                host.give_back(conversation)
        except _FOREIGN as error:
            raise translated(error) from None

    def _host(self, origin: str) -> _Host:
        with self._lock:
            if origin not in self._hosts:
                self._hosts[origin] = _Host(origin, self._size)
            return self._hosts[origin]


class _Host:
    """The way to one origin, and the connections to it that nobody uses at the moment, the warmest on top."""

    def __init__(self, origin: str, size: int) -> None:
        from pulumi_agbcontext.client.routes import Route  # loads longer than most plans take, which connect to nobody

        self.route = Route(origin)
        self._idle: deque[Conversation] = deque()
        self._size = size
        weakref.finalize(self, _close_all, self._idle)

    def take(self) -> Conversation:
        while self._idle:
            try:
                conversation = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if not conversation.is_stale():
                return conversation
            conversation.close()
        return self._open()

    def give_back(self, conversation: Conversation) -> None:
        if conversation.is_over() and len(self._idle) < self._size:
            self._idle.append(conversation)
        else:
            conversation.close()

    def _open(self) -> Conversation:
        left = deadline.current().remaining()
        if left <= 0:
            raise NoAnswerError(reasons.OUT_OF_TIME, may_pass=False)
        # A name can point to a link-local address too, so this is asked for each new connection.
        if resolves_to_link_local(self.route.next_host):
            raise NoAnswerError(reasons.LINK_LOCAL, may_pass=False)
        return Conversation(self.route.connect(min(CONNECT_SECONDS, left)))


def _close_all(conversations: Iterable[Conversation]) -> None:
    for conversation in conversations:
        conversation.close()
