"""HTTP clients. libcurl is used if pycurl is installed, otherwise urllib3."""

from __future__ import annotations

import os
from importlib.util import find_spec

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.http.failures import NoAnswerError
from pulumi_agbcontext.client.http.protocol import Blocks, Collector, HttpClient, Receive, Request, Response

__all__ = [
    "Blocks",
    "Collector",
    "HttpClient",
    "NoAnswerError",
    "Receive",
    "Request",
    "Response",
    "implementation",
    "open_client",
]

VARIABLE = "AGB_HTTP_CLIENT"
"""The environment variable that selects the HTTP library."""


def implementation() -> str:
    """Return the HTTP library to use, `libcurl` or `urllib3`.

    `AGB_HTTP_CLIENT` selects the library. If it is not set, libcurl is used if pycurl is installed.

    Raises:
        ConfigurationError: `AGB_HTTP_CLIENT` has another value.
    """
    chosen = os.environ.get(VARIABLE, "")
    if chosen not in ("", "libcurl", "urllib3"):
        raise messages.unusable_setting(VARIABLE, chosen, "libcurl or urllib3")
    return chosen or ("libcurl" if find_spec("pycurl") else "urllib3")


def open_client(size: int, *, allow_insecure: bool) -> HttpClient:
    """Open an HTTP client.

    Args:
        size: maximum number of idle connections to all hosts.
        allow_insecure: whether plain `http` to other machines is allowed.

    Returns:
        The client, which connects when it sends the first request.

    Raises:
        ConfigurationError: `AGB_HTTP_CLIENT` has an unknown value.
    """
    if implementation() == "libcurl":
        from pulumi_agbcontext.client.http.libcurl_client import LibcurlClient

        return LibcurlClient(size, allow_insecure=allow_insecure)
    from pulumi_agbcontext.client.http.urllib3_client import Urllib3Client

    return Urllib3Client(size, allow_insecure=allow_insecure)
