"""Proxies and CA bundles configured by environment variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.http.addresses import is_loopback
from pulumi_agbcontext.client.http.protocol import origin_of

_ORIGINS = 256


@dataclass(frozen=True)
class Route:
    """The route to an origin.

    Args:
        proxy: URL of the proxy with its credentials, or None for a direct connection.
        bundle: file or directory with the CA certificates.
        bundle_is_directory: whether the bundle is a directory.
        loopback_only: whether the peer must be this machine, because the requests use plain `http`.
    """

    proxy: str | None = field(repr=False)
    bundle: str
    bundle_is_directory: bool
    loopback_only: bool


class Environment:
    """Network settings from environment variables, read once per origin as the requests library does, except `.netrc`.

    Args:
        allow_insecure: whether plain `http` to other machines is allowed.
    """

    def __init__(self, *, allow_insecure: bool) -> None:
        self._allow_insecure = allow_insecure
        self._route = lru_cache(maxsize=_ORIGINS)(self._find_route)

    def route(self, url: str) -> Route:
        """Return the route to the host of a URL.

        Args:
            url: absolute URL.

        Raises:
            ConfigurationError: the configured proxy or CA bundle is not usable.
        """
        return self._route(origin_of(url))

    def _find_route(self, origin: str) -> Route:
        import requests.utils  # with the first request, because an update without changes sends none

        with requests.Session() as session:
            settings = session.merge_environment_settings(origin, {}, stream=None, verify=None, cert=None)
        verify = settings["verify"]
        bundle = verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
        if not Path(bundle).exists():
            raise messages.unusable_bundle(bundle, "No such file or directory")
        target = urlsplit(origin)
        here = is_loopback(target.hostname or "")
        proxy = None if here else _proxy(requests.utils.select_proxy(origin, settings["proxies"]))
        loopback_only = target.scheme == "http" and not self._allow_insecure and not proxy
        return Route(proxy, bundle, Path(bundle).is_dir(), loopback_only)


def _proxy(named: str | None) -> str | None:
    if not named:
        return None
    proxy = named if "://" in named else f"http://{named}"
    if urlsplit(proxy).scheme not in ("http", "https"):
        raise messages.unusable_proxy()
    return proxy
