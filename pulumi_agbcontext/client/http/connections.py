"""Connections of urllib3, direct or through a proxy, with a check of the peer address and a pool for idle ones."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from collections import OrderedDict, deque
from threading import Lock
from typing import Any
from urllib.parse import unquote

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.util import Url, parse_url

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.http import protocol
from pulumi_agbcontext.client.http.addresses import objection_to_address
from pulumi_agbcontext.client.http.environment import Route
from pulumi_agbcontext.client.http.failures import NoAnswerError

_PORTS = {"http": 80, "https": 443}


class StrictResponse(http.client.HTTPResponse):
    """An HTTP response that validates its content length and chunk sizes.

    http.client accepts a truncated body that is read in parts, and reads a chunk of size -1 endlessly.
    """

    def begin(self) -> None:
        """Read the status line and the headers.

        Raises:
            http.client.HTTPException, OSError: they are malformed or contain conflicting lengths.
        """
        super().begin()
        lengths = set(self.headers.get_all("content-length", ()))
        if len(lengths) > 1 or not all(length.strip().isdecimal() for length in lengths):
            raise http.client.HTTPException("a malformed length")

    def read(self, amt: int | None = None) -> bytes:
        """Read part of the body; return no bytes at its end.

        Args:
            amt: maximum number of bytes; fewer are returned only at the end.

        Raises:
            http.client.HTTPException, OSError: the body is truncated or malformed.
        """
        data = super().read(amt)
        if self.length and (amt is None or len(data) < amt):
            raise http.client.IncompleteRead(data, self.length)
        return data

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # missing in typeshed; covered by a test
        if size < 0:
            raise http.client.HTTPException("a chunk of negative size")
        return size


class _Guarded(HTTPConnection):
    response_class = StrictResponse
    debuglevel = 0  # a debug level set on http.client would print the key

    def __init__(self, *arguments: Any, loopback_only: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._loopback_only = loopback_only

    def _new_conn(self) -> socket.socket:
        """Connect, and check the address before and after, because a name may resolve to a different address."""
        with contextlib.suppress(OSError, UnicodeError):  # connecting to it raises the same error
            for entry in socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM):
                self._guard(str(entry[4][0]))
        sock = super()._new_conn()
        try:
            self._guard(str(sock.getpeername()[0]))
        except BaseException:
            sock.close()
            raise
        return sock

    def _guard(self, address: str) -> None:
        if cause := objection_to_address(address, loopback_only=self._loopback_only):
            raise NoAnswerError(cause, retryable=False)

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(protocol.IDLE_SECONDS)  # replaces the connect timeout


class _GuardedOverTls(_Guarded, HTTPSConnection):
    pass


class Dialler:
    """Factory of connections with a shared TLS context, because loading a CA bundle takes longer than a handshake."""

    def __init__(self) -> None:
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = Lock()

    def connection(self, origin: str, route: Route, seconds: float) -> HTTPConnection:
        """Return a connection to an origin, which connects on first use.

        Args:
            origin: scheme, host and port.
            route: route to the origin.
            seconds: connect timeout, in seconds.

        Raises:
            ConfigurationError: the CA bundle is not usable.
        """
        target, proxy = parse_url(origin), parse_url(route.proxy) if route.proxy else None
        near = proxy or target
        options: dict[str, Any] = {"timeout": seconds, "loopback_only": route.loopback_only, "proxy": proxy}
        if target.scheme != "https" and near.scheme != "https":
            return _Guarded(_host(near), _port(near), **options)
        context = self._context(route)
        if proxy:
            options["proxy_config"] = ProxyConfig(context, False, None, None)
        connection = _GuardedOverTls(_host(near), _port(near), ssl_context=context, **options)
        if proxy and target.scheme == "https":
            connection.set_tunnel(_host(target), _port(target), proxy_headers(route.proxy), proxy.scheme or "http")
        return connection

    def _context(self, route: Route) -> ssl.SSLContext:
        with self._lock:
            if route.bundle not in self._contexts:
                self._contexts[route.bundle] = _tls_context(route)
            return self._contexts[route.bundle]


class IdleConnections:
    """Pool of idle connections to all hosts; when it is full, a connection to the least recently used host is closed.

    Args:
        size: maximum number of idle connections.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._count = 0
        self._hosts: OrderedDict[str, deque[HTTPConnection]] = OrderedDict()
        self._lock = Lock()

    def take(self, origin: str) -> HTTPConnection | None:
        """Remove and return the most recently used connection to an origin, or None if there is none."""
        while connection := self._pop(origin):
            if connection.is_connected:
                # urllib3 sets the timeout for each request; until then, it is the connect timeout of the first request.
                connection.timeout = protocol.IDLE_SECONDS
                return connection
            connection.close()
        return None

    def keep(self, origin: str, connection: HTTPConnection) -> None:
        """Add a connection whose response was read completely."""
        with self._lock:
            self._hosts.setdefault(origin, deque()).append(connection)
            self._hosts.move_to_end(origin)
            self._count += 1
            surplus = self._oldest() if self._count > self._size else None
        if surplus:
            surplus.close()

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            self._size = 0  # connections still in use are closed when they are returned
            hosts, self._hosts, self._count = self._hosts, OrderedDict(), 0
        _close(hosts)

    def abandon(self) -> None:
        """Close the descriptors in a forked process, without the lock, which a thread of the parent may have held."""
        _close(self._hosts)

    def _pop(self, origin: str) -> HTTPConnection | None:
        with self._lock:
            waiting = self._hosts.get(origin)
            if not waiting:
                return None
            self._count -= 1
            return waiting.pop()

    def _oldest(self) -> HTTPConnection | None:
        for origin, waiting in list(self._hosts.items()):
            if waiting:
                self._count -= 1
                return waiting.popleft()
            del self._hosts[origin]
        return None


def _close(hosts: OrderedDict[str, deque[HTTPConnection]]) -> None:
    for connections in hosts.values():
        for connection in connections:
            connection.close()


def proxy_headers(proxy: str | None) -> dict[str, str]:
    """Return the headers that authenticate to a proxy.

    Args:
        proxy: URL of the proxy with its credentials, or None.
    """
    credentials = parse_url(proxy).auth if proxy else None
    headers = urllib3.make_headers(proxy_basic_auth=unquote(credentials)) if credentials else {}
    return {name.title(): value for name, value in headers.items()}


def _host(url: Url) -> str:
    return (url.host or "").strip("[]")


def _port(url: Url) -> int:
    return url.port or _PORTS[url.scheme or "http"]


def _tls_context(route: Route) -> ssl.SSLContext:
    try:
        if route.bundle_is_directory:
            return ssl.create_default_context(capath=route.bundle)
        return ssl.create_default_context(cafile=route.bundle)
    except OSError as error:
        reason = error.strerror or "the file contains no certificates"
    raise messages.unusable_bundle(route.bundle, reason)
