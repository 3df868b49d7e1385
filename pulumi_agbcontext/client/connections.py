"""Pooled HTTP connections under deadlines: the only module that opens sockets, and the only one that knows urllib3.

urllib3 bounds each wait for a byte, not an answer that dribbles in for ever: the reader below does, from the first byte
of the head. Nothing here repeats a request or follows a redirect, and no exception of a library leaves the module.
"""

from __future__ import annotations

import http.client
import io
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import requests.utils
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pulumi_agbcontext import messages
from pulumi_agbcontext.client import deadline
from pulumi_agbcontext.client.addresses import is_loopback, resolves_to_link_local
from pulumi_agbcontext.messages import reasons

T = TypeVar("T")
Response = urllib3.BaseHTTPResponse
Body = bytes | Iterable[bytes]

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 30.0

_FOREIGN = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)
_exchanging: ContextVar[bool] = ContextVar("agbcontext_exchanging", default=False)


class NoAnswerError(Exception):
    """No whole HTTP answer came.

    Args:
        why: the reason in a few words, free of URLs.
        may_pass: whether it may be gone at the next attempt.
    """

    def __init__(self, why: str, *, may_pass: bool) -> None:
        super().__init__(why)
        self.why = why
        self.may_pass = may_pass


class Connections:
    """Connections to any host, kept open between requests and shared by threads.

    Args:
        size: how many idle connections to keep for each host.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._managers: dict[str, urllib3.PoolManager] = {}
        self._lock = Lock()
        for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
            logging.getLogger(name).addFilter(_not_exchanging)

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], consume: Callable[[Response], T], body: Body | None
    ) -> T:
        """Send one request and read its answer, within the current deadline.

        Args:
            method: HTTP method.
            url: absolute, already judged fit to be spoken to.
            headers: sent as they are.
            consume: reads what it wants of the answer; the connection is reused if it read everything.
            body: bytes or chunks of bytes; a `Content-Length` header has to say how many.

        Returns:
            What `consume` returns.

        Raises:
            NoAnswerError: no whole answer came.
        """
        token = _exchanging.set(True)
        try:
            response = self._send(method, url, headers, body)
            try:
                return consume(response)
            finally:
                response.close()
        except _FOREIGN as error:
            raise _translated(error) from None
        finally:
            _exchanging.reset(token)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: Body | None) -> Response:
        left = deadline.current().remaining()
        if left <= 0:
            raise NoAnswerError(reasons.OUT_OF_TIME, may_pass=False)
        return self._manager(url).urlopen(
            method,
            url,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=IDLE_SECONDS),
        )

    def _manager(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if origin not in self._managers:
                self._managers[origin] = _new_manager(origin, self._size)
            return self._managers[origin]


def _new_manager(origin: str, size: int) -> urllib3.PoolManager:
    """Pools for one origin, with the proxy and the CA bundle that the environment names; `.netrc` is never read."""
    settings = requests.Session().merge_environment_settings(origin, {}, stream=None, verify=None, cert=None)
    host = urlsplit(origin).hostname or ""
    proxy = None if is_loopback(host) else requests.utils.select_proxy(origin, settings["proxies"])
    options: dict[str, Any] = {"maxsize": size}
    if origin.startswith("https") or (proxy or "").startswith("https"):
        options["ssl_context"] = _tls(settings["verify"])
    manager = _proxied(proxy, options) if proxy else urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


def _proxied(named: str, options: Mapping[str, Any]) -> urllib3.ProxyManager:
    proxy = named if "://" in named else f"http://{named}"
    user, password = requests.utils.get_auth_from_url(proxy)
    credentials = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
    if urlsplit(proxy).scheme not in ("http", "https"):
        raise messages.unusable_proxy()
    return urllib3.ProxyManager(proxy, proxy_headers=credentials, **options)


def _tls(verify: bool | str | None) -> ssl.SSLContext:
    """One context for all connections: loading the authorities anew for each would cost more than the handshake."""
    bundle = Path(verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH)
    try:
        if bundle.is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise messages.unusable_bundle(str(bundle), reason)


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket until the deadline of the request, however the bytes are spread over time."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw
        self._scope = deadline.current()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        silent_until = time.monotonic() + IDLE_SECONDS
        while (wait := self._scope.slice_of(silent_until - time.monotonic())) > 0:
            self._sock.settimeout(wait)
            try:
                return self._sock.recv_into(buffer)
            except TimeoutError:
                continue
        raise TimeoutError(reasons.OUT_OF_TIME)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        _refuse_link_local(self.host)
        return super()._new_conn()


class _SecureConnection(HTTPSConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        _refuse_link_local(self.host)
        return super()._new_conn()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _refuse_link_local(host: str) -> None:
    """A name can point to a link-local address too, so this is asked for each new connection."""
    if resolves_to_link_local(host):
        raise NoAnswerError(reasons.LINK_LOCAL, may_pass=False)


def _not_exchanging(_record: logging.LogRecord) -> bool:
    """Keep urllib3's own lines on our requests out of every log: they show presigned URLs whole."""
    return not _exchanging.get()


def _translated(error: Exception) -> NoAnswerError:
    """Word a library's exception; its own text may show URLs."""
    root = _root(error)
    if isinstance(root, ssl.SSLCertVerificationError):
        return NoAnswerError(reasons.bad_certificate(root.verify_message), may_pass=False)
    if isinstance(root, socket.gaierror):
        return NoAnswerError(reasons.UNKNOWN_HOST, may_pass=True)
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # to urllib3 that is a time-out as well
    if isinstance(root, TimeoutError) or (isinstance(error, urllib3.exceptions.TimeoutError) and not refused):
        return NoAnswerError(reasons.OUT_OF_TIME, may_pass=True)
    if isinstance(error, urllib3.exceptions.LocationValueError):
        return NoAnswerError(reasons.NOT_A_URL, may_pass=False)
    if isinstance(root, OSError):
        return NoAnswerError(reasons.broken_connection(root.strerror or type(root).__name__), may_pass=True)
    return NoAnswerError(reasons.broken_connection(type(root).__name__), may_pass=True)


def _root(error: BaseException) -> BaseException:
    """The exception that everything started with: urllib3 keeps it as the cause, or among the arguments."""
    while cause := error.__cause__ or next((part for part in error.args if isinstance(part, BaseException)), None):
        error = cause
    return error
