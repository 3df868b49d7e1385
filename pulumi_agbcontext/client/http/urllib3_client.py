"""HTTP client based on urllib3, a dependency of requests. It is used if pycurl is not installed."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import weakref
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection

from pulumi_agbcontext.client.http import protocol
from pulumi_agbcontext.client.http.connections import Dialler, IdleConnections, proxy_headers
from pulumi_agbcontext.client.http.deadline import Deadline
from pulumi_agbcontext.client.http.environment import Environment, Route
from pulumi_agbcontext.client.http.failures import NoAnswerError, translated
from pulumi_agbcontext.client.http.protocol import Blocks, Receive, Request, Response
from pulumi_agbcontext.client.http.sockets import unacknowledged
from pulumi_agbcontext.client.http.watchdog import Watchdog
from pulumi_agbcontext.messages import causes

_PIECE = 64 * 1024
_FOREIGN = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)


class Urllib3Client:
    """An `HttpClient` on urllib3.

    Args:
        size: maximum number of idle connections to all hosts.
        allow_insecure: whether plain `http` to other machines is allowed.
    """

    def __init__(self, size: int, *, allow_insecure: bool) -> None:
        self._environment = Environment(allow_insecure=allow_insecure)
        self._size = size
        self._open()

    def _open(self) -> None:
        self._dialler = Dialler()
        self._idle = IdleConnections(self._size)
        self._watchdog = Watchdog()
        self._process = os.getpid()
        self._finalizer = weakref.finalize(self, _close, self._idle, self._watchdog, self._process)

    def exchange(self, request: Request, receive: Receive) -> Response:
        """Send a request and read the response; see `HttpClient`."""
        scope = protocol.open_scope()
        if self._process != os.getpid():  # a forked process shares the parent's sockets but has none of its threads
            self._finalizer.detach()
            self._idle.abandon()
            self._open()
        origin = protocol.origin_of(request.url)
        route = self._environment.route(origin)
        connection = self._idle.take(origin) or self._dialler.connection(origin, route, protocol.connect_seconds(scope))
        exchange = _Exchange(scope, connection)
        try:
            with self._watchdog.watching(exchange):
                response = exchange.carry_out(request, route, receive)
        except _FOREIGN as error:
            failure = translated(error)
        else:
            if exchange.is_over:
                self._idle.keep(origin, connection)
            return response
        finally:
            if not exchange.is_over:
                connection.close()
        raise NoAnswerError(causes.OUT_OF_TIME, retryable=True) if exchange.aborted or scope.passed() else failure

    def close(self) -> None:
        """Close all connections."""
        self._finalizer()
        if self._process == os.getpid():
            self._watchdog.join()


class _Exchange:
    """A request and its response on a connection."""

    def __init__(self, scope: Deadline, connection: HTTPConnection) -> None:
        self.scope = scope
        self.aborted = False
        self.is_over = False
        self._connection = connection
        self._socket: Any = None

    def abort(self) -> None:
        """Abort the exchange by shutting down its socket."""
        self.aborted = True
        sock = self._socket or self._connection.sock
        if sock is not None:
            # For TLS inside TLS to a proxy, urllib3 wraps the socket in its own object. The method of SSLSocket is not
            # used, because it removes the TLS state while another thread reads.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(getattr(sock, "socket", sock), socket.SHUT_RDWR)

    def carry_out(self, request: Request, route: Route, receive: Receive) -> Response:
        """Send the request and read the response."""
        complete = self._send(request, route)
        self._socket = self._connection.sock  # http.client drops it if the response closes the connection
        answer = http.client.HTTPConnection.getresponse(self._connection)
        status = answer.status
        # http.client treats an interim response such as 103 as the final response. The actual final response then
        # follows on the connection, where the next request would read it.
        early = status < 400 and not (complete and self._is_received(request))
        if status < 200 or early:
            raise NoAnswerError(causes.OUT_OF_TIME if self.aborted else causes.ANSWERED_EARLY, retryable=True)
        try:
            while (piece := answer.read(_PIECE)) and receive(piece):
                pass
        except _FOREIGN:
            if status < 400 or self.aborted:
                raise
        if self.aborted:  # a truncated body looks like one without a length
            raise TimeoutError
        self.is_over = complete and answer.isclosed() and not answer.will_close
        return Response(status, lambda: answer.headers)

    def _send(self, request: Request, route: Route) -> bool:
        """Send the request; return False if the peer closed the connection early, possibly after a response."""
        headers = {"Accept-Encoding": "identity", **request.headers}
        body: Any = request.body
        if isinstance(body, Blocks):
            headers["Content-Length"] = str(body.size)
            body = body.blocks
        url = protocol.encoded(request.url)
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        if route.proxy and parts.scheme == "http":
            target = url
            headers |= proxy_headers(route.proxy)
        try:
            self._connection.request(request.method, target, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def _is_received(self, request: Request) -> bool:
        if self._socket is None or not protocol.outlasts_the_head(request.body):
            return True
        return unacknowledged(self._socket.fileno()) == 0


def _close(idle: IdleConnections, watchdog: Watchdog, process: int) -> None:
    if process == os.getpid():
        idle.close()
        watchdog.close()
