"""urllib3's connections, with what requests does not offer: ending one from outside, and knowing that a send failed."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from pulumi_agbcontext.client.deadline import Deadline
from pulumi_agbcontext.client.http import protocol
from pulumi_agbcontext.client.http.sockets import unacknowledged

_of_thread = threading.local()


class _NotOurs(logging.Filter):
    """Keeps the requests of this package out of urllib3's log, which shows the URLs that were signed for them."""

    def filter(self, _record: logging.LogRecord) -> bool:
        return not hasattr(_of_thread, "exchange")


for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(_NotOurs())


class Exchange:
    """One request and its answer on a connection.

    Args:
        scope: the deadline.

    Attributes:
        aborted: whether the deadline ended it.
        broken: whether the request was not sent to its end.
    """

    def __init__(self, scope: Deadline) -> None:
        self.scope = scope
        self.aborted = False
        self.broken = False
        self.connection: _Ours | None = None
        self.socket: socket.socket | None = None  # http.client forgets it where the answer ends the connection

    def abort(self) -> None:
        """End the exchange, whatever it waits for."""
        self.aborted = True
        if self.socket is not None and self.connection is not None and self.connection.exchange is self:
            # Inside TLS to a proxy, urllib3 has an object of its own for a socket.
            plain: socket.socket = getattr(self.socket, "socket", self.socket)
            # Not the method of an SSLSocket, which takes the TLS state away from the thread that reads.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(plain, socket.SHUT_RDWR)

    def is_unsent(self) -> bool:
        """Return whether the other side has not received the whole request."""
        return self.broken or (self.socket is not None and unacknowledged(self.socket.fileno()) > 0)


@contextmanager
def exchange_in(scope: Deadline) -> Iterator[Exchange]:
    """Make the next requests of this thread part of an exchange.

    Args:
        scope: the deadline of the exchange.
    """
    _of_thread.exchange = exchange = Exchange(scope)
    try:
        yield exchange
    finally:
        if exchange.connection is not None and exchange.connection.exchange is exchange:
            exchange.connection.exchange = None
        del _of_thread.exchange


class _StrictResponse(http.client.HTTPResponse):
    """An answer whose chunks have sizes; http.client reads one of size -1 to the end, however far that is."""

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            self.close()
            raise http.client.HTTPException("a chunk of negative size")
        return size


class _Ours(HTTPConnection):
    response_class = _StrictResponse
    debuglevel = 0  # whoever sets that of http.client would see the key
    exchange: Exchange | None = None

    def connect(self) -> None:
        self._join()
        super().connect()
        self.sock.settimeout(protocol.IDLE_SECONDS)  # urllib3 would send with the timeout of the connecting

    def putrequest(self, *arguments: Any, **options: Any) -> None:
        self._join()
        super().putrequest(*arguments, **options)

    def send(self, data: Any) -> None:
        try:
            super().send(data)
            _of_thread.exchange.socket = self.sock
        except OSError:  # urllib3 goes on to the answer, which may say why: but it is no success
            _of_thread.exchange.broken = True
            raise

    def _join(self) -> None:
        """Become part of the exchange of this thread."""
        exchange: Exchange = _of_thread.exchange
        self.exchange, exchange.connection = exchange, self


class _OursOverTls(_Ours, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Ours


class _PoolOverTls(HTTPSConnectionPool):
    ConnectionCls = _OursOverTls


def pool_classes() -> dict[str, Any]:
    """The pools of urllib3 that make such connections, by scheme."""
    return {"http": _Pool, "https": _PoolOverTls}
