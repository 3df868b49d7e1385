"""urllib3's connections: to a host or through a proxy, guarded on the real socket, and kept while they are idle."""

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
    """An answer that is read to its announced end, and whose chunks have sizes.

    http.client takes an early end for the end where a body is read in pieces, and reads a chunk of size -1 without end.
    """

    def begin(self) -> None:
        """Read the head.

        Raises:
            http.client.HTTPException, OSError: it is malformed, or tells more than one length.
        """
        super().begin()
        lengths = set(self.headers.get_all("content-length", ()))
        if len(lengths) > 1 or not all(length.strip().isdecimal() for length in lengths):
            raise http.client.HTTPException("a malformed length")

    def read(self, amt: int | None = None) -> bytes:
        """Read some of the body; empty at its end.

        Args:
            amt: maximum number of bytes; fewer come only at the end.

        Raises:
            http.client.HTTPException, OSError: it ended early or is malformed.
        """
        data = super().read(amt)
        if self.length and (amt is None or len(data) < amt):
            raise http.client.IncompleteRead(data, self.length)
        return data

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]  # unknown to typeshed, and tested
        if size < 0:
            raise http.client.HTTPException("a chunk of negative size")
        return size


class _Guarded(HTTPConnection):
    response_class = StrictResponse
    debuglevel = 0  # whoever sets that of http.client would see the key

    def __init__(self, *arguments: Any, loopback_only: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._loopback_only = loopback_only

    def _new_conn(self) -> socket.socket:
        """Connect, and check the address before and after: a name may resolve differently a moment later."""
        with contextlib.suppress(OSError, UnicodeError):  # reported by the connecting
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
        self.sock.settimeout(protocol.IDLE_SECONDS)  # until here it was that of the connecting


class _GuardedOverTls(_Guarded, HTTPSConnection):
    pass


class Dialler:
    """Makes connections, with one TLS context for all: to load the authorities costs more than a handshake."""

    def __init__(self) -> None:
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = Lock()

    def connection(self, origin: str, route: Route, seconds: float) -> HTTPConnection:
        """Return a connection to an origin that connects when it is first used.

        Args:
            origin: scheme, host and port.
            route: the way there.
            seconds: that connecting may take.

        Raises:
            ConfigurationError: the bundle of authorities cannot be used.
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
    """Connections without a request, to all hosts together; the one that waited longest is closed first.

    Args:
        size: maximum number of them.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._count = 0
        self._hosts: OrderedDict[str, deque[HTTPConnection]] = OrderedDict()
        self._lock = Lock()

    def take(self, origin: str) -> HTTPConnection | None:
        """Take the connection to an origin that was used last, None where there is none."""
        while connection := self._pop(origin):
            if connection.is_connected:
                # urllib3 sets it once more for each request, and it is what the first one had left for connecting.
                connection.timeout = protocol.IDLE_SECONDS
                return connection
            connection.close()
        return None

    def keep(self, origin: str, connection: HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end."""
        with self._lock:
            self._hosts.setdefault(origin, deque()).append(connection)
            self._hosts.move_to_end(origin)
            self._count += 1
            surplus = self._oldest() if self._count > self._size else None
        if surplus:
            surplus.close()

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            self._size = 0  # what is still in use is closed when it comes back
            hosts, self._hosts, self._count = self._hosts, OrderedDict(), 0
        _close(hosts)

    def abandon(self) -> None:
        """Close the descriptors of a forked process; a thread of the parent may have held the lock."""
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
    """Return the headers that a proxy wants to see.

    Args:
        proxy: its URL, with its credentials.
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
        reason = error.strerror or "no certificates in it"
    raise messages.unusable_bundle(route.bundle, reason)
