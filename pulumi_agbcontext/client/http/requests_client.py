"""HTTP with requests, where libcurl is not installed."""

from __future__ import annotations

import os
import ssl
import threading
import time
import weakref
from pathlib import Path
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from pulumi_agbcontext import messages
from pulumi_agbcontext.client import deadline
from pulumi_agbcontext.client.addresses import resolves_to_forbidden
from pulumi_agbcontext.client.http import protocol
from pulumi_agbcontext.client.http.connection import Exchange, exchange_in, pool_classes
from pulumi_agbcontext.client.http.environment import Environment, Route
from pulumi_agbcontext.client.http.failures import NoAnswerError, translated
from pulumi_agbcontext.client.http.protocol import Blocks, Receive, Request, Response
from pulumi_agbcontext.client.http.watchdog import Watchdog
from pulumi_agbcontext.messages import reasons

_HOSTS = 4  # whose connections are kept; the API and its object store are two
_PIECE = 64 * 1024
_NAME_SECONDS = 30.0
_FOREIGN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)


class RequestsClient:
    """An `HttpClient` on requests.

    Args:
        size: maximum number of idle connections to each of four hosts.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._environment = Environment()
        self._checked: dict[str, float] = {}
        self._open()

    def _open(self) -> None:
        self._adapter = _Adapter(pool_connections=_HOSTS, pool_maxsize=self._size)
        self._watchdog = Watchdog()
        self._process = os.getpid()
        self._finalizer = weakref.finalize(self, _close, self._adapter, self._watchdog, self._process)

    def exchange(self, request: Request, receive: Receive) -> Response:
        """Send one request and read its answer; see `HttpClient`."""
        scope = deadline.current()
        if scope.passed():
            raise NoAnswerError(reasons.OUT_OF_TIME, may_pass=False)
        if self._process != os.getpid():  # the parent uses the connections, and its threads are not here
            self._finalizer.detach()
            self._open()
        route = self._environment.route(request.url)
        self._check_name(route.proxy or request.url)
        with exchange_in(scope) as exchange, self._watchdog.watching(exchange):
            try:
                return self._send(request, receive, route, exchange)
            except _FOREIGN as error:
                if exchange.aborted or scope.passed():
                    raise NoAnswerError(reasons.OUT_OF_TIME, may_pass=True) from None
                raise translated(error) from None

    def close(self) -> None:
        """Close all connections."""
        self._finalizer()

    def _send(self, request: Request, receive: Receive, route: Route, exchange: Exchange) -> Response:
        connect_seconds = min(protocol.CONNECT_SECONDS, exchange.scope.remaining())
        answer = self._adapter.send(
            _prepared(request),
            stream=True,
            timeout=(max(connect_seconds, 0.001), protocol.IDLE_SECONDS),
            verify=route.bundle,
            proxies={"http": route.proxy, "https": route.proxy} if route.proxy else {},
        )
        status, raw = answer.status_code, answer.raw
        # http.client takes an interim answer such as 103 for the answer itself; the real one then follows it on the
        # connection, where the next request would take it for its own.
        if not exchange.aborted and (status < 200 or (status < 400 and exchange.is_unsent())):
            raw.close()
            raise NoAnswerError(reasons.ANSWERED_EARLY, may_pass=True)
        try:
            # What was not sent to its end leaves a connection that nobody may use again.
            while not exchange.broken and (piece := raw.read(_PIECE)) and receive(piece):
                pass
        except _FOREIGN:
            if status < 400 or exchange.aborted:
                raise
        finally:
            if not raw.closed:
                raw.close()
        if exchange.aborted:  # what was cut off looks like an answer without a length
            raise NoAnswerError(reasons.OUT_OF_TIME, may_pass=True)
        return Response(status, lambda: raw.headers)

    def _check_name(self, url: str) -> None:
        """Refuse a name for a forbidden address: requests does not show the address that it connects to."""
        host = urllib3.util.parse_url(url).host or ""
        now = time.monotonic()
        if self._checked.get(host, 0) < now:
            if resolves_to_forbidden(host.strip("[]")):
                raise NoAnswerError(reasons.LINK_LOCAL, may_pass=False)
            if len(self._checked) > 100:
                self._checked.clear()
            self._checked[host] = now + _NAME_SECONDS


class _Adapter(HTTPAdapter):
    """The adapter of requests with connections of ours and one TLS context, whose authorities are loaded once."""

    _context: ssl.SSLContext | None = None
    _loading = threading.Lock()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = pool_classes()

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        if proxy.startswith("https:"):
            options["proxy_ssl_context"] = self._context
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = pool_classes()
        return manager

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._trusting(verify)} if host["scheme"] == "https" else {}

    def cert_verify(self, *_arguments: Any) -> None:
        """Leave the pool as it is: its TLS context verifies."""

    def _trusting(self, bundle: str) -> ssl.SSLContext:
        with self._loading:
            if self._context is None:
                self._context = _tls_context(bundle)
            return self._context


def _prepared(request: Request) -> requests.PreparedRequest:
    """The request as requests sends it, without the work that it spends on arguments of every kind."""
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    headers = {"Accept-Encoding": "identity", **request.headers}
    if isinstance(request.body, Blocks):
        headers["Content-Length"] = str(request.body.size)
        prepared.body = cast(Any, request.body.blocks)
    elif request.body is not None:
        headers["Content-Length"] = str(len(request.body))
        prepared.body = request.body
    prepared.headers = CaseInsensitiveDict(headers)
    return prepared


def _tls_context(bundle: str) -> ssl.SSLContext:
    try:
        if Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        reason = error.strerror or "no certificates in it"
    raise messages.unusable_bundle(bundle, reason)


def _close(adapter: HTTPAdapter, watchdog: Watchdog, process: int) -> None:
    if process == os.getpid():
        adapter.close()
        watchdog.close()
