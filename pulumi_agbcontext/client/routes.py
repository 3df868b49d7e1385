"""The way to an origin: straight, or through the proxy that the environment names, trusting the authorities it names.

requests resolves the environment as users expect it, but `.netrc` is never read. urllib3 connects: tunnels and TLS
inside TLS included.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import SplitResult, quote, urlsplit

import requests
import requests.utils
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.util import Url, parse_url

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.addresses import is_loopback
from pulumi_agbcontext.client.failures import translated

_PORTS = {"http": 80, "https": 443}
_LEFT_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"


class Route:
    """How requests get to one origin; safe to share between threads.

    Args:
        origin: scheme, host and port, as they stand in a URL.

    Attributes:
        next_host: the first machine on the way.

    Raises:
        ConfigurationError: the environment names a proxy, or a bundle of authorities, that cannot be used.
    """

    def __init__(self, origin: str) -> None:
        settings = requests.Session().merge_environment_settings(origin, {}, stream=None, verify=None, cert=None)
        self._origin = parse_url(origin)
        self._secure = self._origin.scheme == "https"
        named = None if is_loopback(urlsplit(origin).hostname or "") else settings["proxies"]
        self._proxy, self._proxy_fields = _proxy(origin, named or {})
        self._tls = _tls(settings["verify"]) if self._secure or _is_https(self._proxy) else None
        self._fields = {"Host": _host_field(self._origin), "Accept-Encoding": "identity"}
        self._prefix = ""
        if self._proxy and not self._secure:  # such a proxy is told the whole URL
            self._prefix = f"http://{self._fields['Host']}"
            self._fields |= self._proxy_fields
        self.next_host = _host(self._proxy or self._origin)

    def connect(self, seconds: float) -> socket.socket:
        """Open a connection.

        Args:
            seconds: that each step of it may take.

        Returns:
            A socket that leads to the origin, or to the proxy that forwards to it.

        Raises:
            NoAnswerError, OSError: there is no way.
        """
        connection = self._unconnected(self._proxy or self._origin, seconds)
        if self._proxy and self._secure:
            connection.set_tunnel(
                _host(self._origin), _port(self._origin), self._proxy_fields, self._proxy.scheme or "http"
            )
        try:
            connection.connect()
        except urllib3.exceptions.HTTPError as error:
            raise translated(error) from None
        return cast(socket.socket, connection.sock)

    def head(self, method: str, parts: SplitResult, fields: Mapping[str, str]) -> bytes:
        """Write a request up to its body.

        Args:
            method: HTTP method.
            parts: of a URL of this origin.
            fields: of the head, beside those that every request has.

        Returns:
            The head with the empty line that ends it.
        """
        target = f"{self._prefix}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {quote(target, safe=_LEFT_AS_IT_IS)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in {**self._fields, **fields}.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _unconnected(self, near: Url, seconds: float) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(_host(near), _port(near), timeout=seconds, proxy=self._proxy)
        return HTTPSConnection(
            _host(near),
            _port(near),
            timeout=seconds,
            proxy=self._proxy,
            proxy_config=ProxyConfig(self._tls, False, None, None) if self._proxy else None,
            ssl_context=self._tls,
        )


def _host(url: Url) -> str:
    return (url.host or "").strip("[]")


def _port(url: Url) -> int:
    return url.port or _PORTS[url.scheme or "http"]


def _host_field(url: Url) -> str:
    return f"{url.host}" if _port(url) == _PORTS[url.scheme or "http"] else f"{url.host}:{url.port}"


def _is_https(url: Url | None) -> bool:
    return url is not None and url.scheme == "https"


def _proxy(origin: str, proxies: Mapping[str, str]) -> tuple[Url | None, dict[str, str]]:
    """The proxy of an origin, None where there is none, and the fields that a proxy wants to see."""
    named = requests.utils.select_proxy(origin, dict(proxies))
    if not named:
        return None, {}
    proxy = parse_url(named if "://" in named else f"http://{named}")
    if proxy.scheme not in _PORTS:
        raise messages.unusable_proxy()
    user, password = requests.utils.get_auth_from_url(named if "://" in named else f"http://{named}")
    fields = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user else {}
    return proxy, {name.title(): value for name, value in fields.items()}


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
