"""Errors of the provider configuration."""

from __future__ import annotations

import re

from pulumi_agbcontext import errors
from pulumi_agbcontext.messages import causes

_ENDPOINT_REMEDY = "Correct agbcontext:endpoint, or AGB_ENDPOINT."
_KEY_REMEDY = "Set it with `pulumi config set --secret agbcontext:apiKey`, or set the environment variable AGB_API_KEY."


def unusable_setting(name: str, value: str, wanted: str) -> errors.ConfigurationError:
    """A provider setting has an invalid value."""
    return errors.ConfigurationError(f"Invalid value for {name}", cause=f"expected {wanted}, got {value}")


def unusable_endpoint(endpoint: str, reason: str) -> errors.ConfigurationError:
    """The endpoint is not a usable URL."""
    remedy = causes.INSECURE_REMEDY if reason == causes.PLAIN_HTTP else _ENDPOINT_REMEDY
    return errors.ConfigurationError(
        f"Cannot use the endpoint {_origin(endpoint)}".rstrip(), cause=reason, remedy=remedy
    )


def _origin(endpoint: str) -> str:
    """Return the scheme, host and port of an endpoint, or an empty string if credentials cannot be separated."""
    scheme, separator, rest = endpoint.strip().rpartition("://")
    credentials, _, host = rest.rpartition("@")
    if not re.fullmatch(r"[A-Za-z]*", scheme) or re.search(r"[/?#\\%\s]", credentials):
        return ""
    return scheme + separator + re.split(r"[/?#\\%\s]", host, maxsplit=1)[0]


def missing_key() -> errors.ConfigurationError:
    """No API key is configured."""
    return errors.ConfigurationError("No AGB API key is configured", remedy=_KEY_REMEDY)


def unusable_key() -> errors.ConfigurationError:
    """The API key contains characters that are not valid in an HTTP header."""
    return errors.ConfigurationError(
        "Cannot use the AGB API key",
        cause="it contains whitespace or invalid characters",
        remedy="Correct agbcontext:apiKey, or AGB_API_KEY.",
    )


def unusable_bundle(path: str, cause: str) -> errors.ConfigurationError:
    """The CA bundle in `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE` cannot be loaded."""
    return errors.ConfigurationError(
        f"Cannot load the CA certificates from {path}",
        cause=cause,
        remedy="Correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE.",
    )


def unusable_proxy() -> errors.ConfigurationError:
    """The proxy in the environment is not an HTTP or HTTPS proxy."""
    return errors.ConfigurationError(
        "Cannot use the proxy configured in the environment",
        cause="it is not an http or https proxy",
        remedy="Correct HTTPS_PROXY, or add the host of the endpoint to NO_PROXY.",
    )
