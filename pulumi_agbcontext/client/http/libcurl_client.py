"""HTTP client based on libcurl, through pycurl."""

from __future__ import annotations

import http.client
import io
import os
import socket
import weakref
from collections import deque
from dataclasses import replace
from threading import Lock
from typing import Any

import pycurl

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.http import addresses, deadline, protocol
from pulumi_agbcontext.client.http.environment import Environment, Route
from pulumi_agbcontext.client.http.event_loop import EventLoop, Transfer
from pulumi_agbcontext.client.http.failures import NoAnswerError
from pulumi_agbcontext.client.http.protocol import Blocks, Receive, Request, Response
from pulumi_agbcontext.client.http.sockets import unacknowledged
from pulumi_agbcontext.client.http.upload_stream import UploadStream
from pulumi_agbcontext.messages import causes

_HTTP_ONLY = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_UPLOAD_BUFFER = 512 * 1024
_DOWNLOAD_BUFFER = 64 * 1024
_SMALL_BODY = 4096  # in bytes; an idle handle may keep a body of this size
# Overrides of headers that libcurl adds automatically.
_NO_EXTRA_HEADERS = ("Accept:", "Accept-Encoding: identity", "Expect:")


class LibcurlClient:
    """An `HttpClient` on libcurl.

    Args:
        size: maximum number of idle connections to all hosts.
        allow_insecure: whether plain `http` to other machines is allowed.
    """

    def __init__(self, size: int, *, allow_insecure: bool) -> None:
        self._environment = Environment(allow_insecure=allow_insecure)
        self._size = size
        self._loops = [EventLoop(size)]
        self._renewing = Lock()
        self._idle: deque[Any] = deque(maxlen=size)
        self._finalizer = weakref.finalize(self, _close, self._loops)

    def exchange(self, request: Request, receive: Receive) -> Response:
        """Send a request and read the response; see `HttpClient`."""
        scope = protocol.open_scope()
        loop, handle = self._loop(), self._handle()
        exchange = _Exchange(request, receive, self._environment.route(request.url), loop)
        exchange.prepare(handle, protocol.connect_seconds(scope))
        transfer = Transfer(handle)
        try:
            loop.start(transfer)
            if exchange.stream:
                exchange.stream.fill(transfer, loop, scope)
            while not transfer.done.acquire(timeout=min(deadline.SLICE, max(scope.remaining(), 0.001))):
                if scope.passed():
                    raise NoAnswerError(causes.OUT_OF_TIME, retryable=True)  # noqa: TRY301 - the handler below cancels the transfer
        except BaseException:
            loop.cancel(transfer)
            transfer.done.acquire()
            raise
        response = exchange.judge(transfer)
        if not exchange.stream:
            exchange.release(handle)
            self._idle.append(handle)
        return response

    def close(self) -> None:
        """Close all connections."""
        self._finalizer()
        self._loops[0].join()

    def _loop(self) -> EventLoop:
        """Return the loop; create a new one in a forked process or if the previous one has ended."""
        loop = self._loops[0]
        if loop.usable or not self._finalizer.alive:
            return loop
        with self._renewing:
            if not self._loops[0].usable:
                self._loops[0].close()
                self._idle.clear()
                self._loops[0] = EventLoop(self._size)
            return self._loops[0]

    def _handle(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            return _new_handle()


class _Exchange:
    """A request in flight in libcurl."""

    def __init__(self, request: Request, receive: Receive, route: Route, loop: EventLoop) -> None:
        self._loop = loop
        self._request = request
        self._receive = receive
        self._route = route
        self._forbidden = self._unopened = ""
        self._stopped = False
        self._answered_early = False
        self._raised: BaseException | None = None
        self._head: list[bytes] = []
        self.stream = UploadStream(request.body) if isinstance(request.body, Blocks) else None

    def prepare(self, handle: Any, connect_seconds: float) -> None:
        request, route = self._request, self._route
        setopt = handle.setopt
        headers = [f"{name}: {value}" for name, value in request.headers.items()]
        if self.stream:
            setopt(pycurl.UPLOAD, True)
            setopt(pycurl.INFILESIZE_LARGE, self.stream.size)
            setopt(pycurl.READFUNCTION, self.stream.read)
            setopt(pycurl.UPLOAD_BUFFERSIZE, _UPLOAD_BUFFER)
        elif request.body is None:
            setopt(pycurl.HTTPGET, True)
        else:
            setopt(pycurl.POSTFIELDS, request.body)
            if "Content-Type" not in request.headers:
                headers.append("Content-Type:")  # libcurl would send the content type of a form
        setopt(pycurl.CUSTOMREQUEST, request.method)
        setopt(pycurl.URL, protocol.encoded(request.url))
        setopt(pycurl.HTTPHEADER, [*headers, *_NO_EXTRA_HEADERS])
        setopt(pycurl.FRESH_CONNECT, request.once)
        setopt(pycurl.LOW_SPEED_TIME, protocol.IDLE_SECONDS)
        setopt(pycurl.CONNECTTIMEOUT_MS, int(connect_seconds * 1000))
        setopt(pycurl.PROXY, route.proxy or "")
        if request.url[:6].lower() == "https:" or (route.proxy or "").startswith("https:"):
            trust = (pycurl.CAPATH,) if route.bundle_is_directory else (pycurl.CAINFO, pycurl.PROXY_CAINFO)
            for option in trust:
                setopt(option, route.bundle)
        setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        setopt(pycurl.SOCKOPTFUNCTION, self._opened)
        careful = protocol.outlasts_the_head(request.body)
        setopt(pycurl.HEADERFUNCTION, self._take_header if careful else self._head.append)
        setopt(pycurl.WRITEFUNCTION, self._take)

    def judge(self, transfer: Transfer) -> Response:
        """Return the response, or raise the error that prevented it."""
        if self._raised:
            raise self._raised
        if self._answered_early:
            raise NoAnswerError(causes.ANSWERED_EARLY, retryable=True)
        status = transfer.handle.getinfo(pycurl.RESPONSE_CODE)
        failure = transfer.failure
        # A server may reject a request before reading all of it. Its response is valid even if the connection then
        # breaks.
        if failure is None or self._stopped or status >= 400:
            return Response(status, self._headers)
        if self._forbidden:
            raise NoAnswerError(self._forbidden, retryable=False)
        if self._unopened:
            raise NoAnswerError(causes.broken_connection(self._unopened), retryable=True)
        if failure[0] == pycurl.E_SSL_CACERT_BADFILE:
            raise messages.unusable_bundle(self._route.bundle, "the file contains no certificates")
        raise _translated(*failure, transfer.handle.getinfo(pycurl.OS_ERRNO))

    def release(self, handle: Any) -> None:
        """Release request and response bodies, which an idle handle would keep in memory."""
        self._receive = _discard
        body = self._request.body
        if isinstance(body, bytes) and len(body) > _SMALL_BODY:
            self._request = replace(self._request, body=None)
            handle.setopt(pycurl.POSTFIELDS, b"")

    def _headers(self) -> http.client.HTTPMessage:
        first = max(number for number, line in enumerate(self._head) if line.startswith(b"HTTP/"))
        return http.client.parse_headers(io.BytesIO(b"".join(self._head[first + 1 :])))

    def _take_header(self, line: bytes) -> int | None:
        # A server that has not received the whole request can reject it, but cannot have processed it.
        if line.startswith(b"HTTP/") and line[9:10] in (b"2", b"3") and self._is_unsent():
            self._answered_early = True
            return -1
        self._head.append(line)
        return None

    def _is_unsent(self) -> bool:
        return bool(self.stream and self.stream.left) or unacknowledged(self._loop.acting) > 0

    def _take(self, piece: bytes) -> int | None:
        try:
            if self._receive(piece):
                return None
            self._stopped = True
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the caller
            self._raised = error
        return -1

    def _opened(self, fd: int, _purpose: int) -> int:
        self._loop.sockets.opened(fd)
        return int(pycurl.SOCKOPT_OK)

    def _open(self, _purpose: int, address: Any) -> Any:
        host = str(address.addr[0])
        if cause := addresses.objection_to_address(host, loopback_only=self._route.loopback_only):
            self._forbidden = cause
        else:
            try:
                return self._loop.opened(socket.socket(address.family, address.socktype, address.protocol))
            except OSError as error:  # too many open files
                self._unopened = error.strerror or type(error).__name__
        return pycurl.SOCKET_BAD


def _discard(_piece: bytes) -> bool:
    return False


def _close(loops: list[EventLoop]) -> None:
    for loop in loops:
        loop.close()


def _new_handle() -> Any:
    handle = pycurl.Curl()
    for option, value in (
        (pycurl.NOSIGNAL, True),
        (pycurl.PROTOCOLS, _HTTP_ONLY),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
        (pycurl.PATH_AS_IS, True),
        (pycurl.NOPROXY, ""),  # `Environment` has already applied the settings
        (pycurl.BUFFERSIZE, _DOWNLOAD_BUFFER),
        (pycurl.LOW_SPEED_LIMIT, 1),
    ):
        handle.setopt(option, value)
    return handle


def _translated(code: int, message: str, errno: int) -> NoAnswerError:
    """Convert a failure of libcurl."""
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return NoAnswerError(causes.OUT_OF_TIME, retryable=True)
    if code in (pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY):
        return NoAnswerError(causes.UNKNOWN_HOST, retryable=True)
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return NoAnswerError(causes.bad_certificate(message.rpartition(": ")[2]), retryable=False)
    if code == pycurl.E_URL_MALFORMAT:
        return NoAnswerError(causes.NOT_A_URL, retryable=False)
    if code == pycurl.E_SSL_CONNECT_ERROR and "wrong version number" in message:
        return NoAnswerError(causes.NO_TLS, retryable=False)
    return NoAnswerError(causes.broken_connection(os.strerror(errno) if errno else message), retryable=True)
