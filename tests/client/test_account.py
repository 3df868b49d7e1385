from __future__ import annotations

import pytest

from pulumi_agbcontext.client import Account
from pulumi_agbcontext.errors import ConfigurationError


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sdk-api.agb.cloud", "https://sdk-api.agb.cloud"),
        ("https://SDK-api.AGB.cloud/", "https://sdk-api.agb.cloud"),
        (" https://host:8443/gateway/ ", "https://host:8443/gateway"),
        ("http://localhost:9000", "http://localhost:9000"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_endpoint_has_one_spelling(given: str, used: str) -> None:
    assert Account(given, "key").endpoint == used


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://api.example.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://user@localhost",
        "ftp://host",
        "file:///etc/passwd",
        "https://",
        "",
        "https://host?query=1",
        "https://host#fragment",
        "https://user:secret-word@host",
        "https://host:port",
        "https://[::1",
        "https://ho st",
        "https://169.254.169.254",
        "https://[fe80::1]",
        "https://[::ffff:169.254.169.254]",
        "https://2852039166",
        "https://0xA9FEA9FE",
    ],
)
def test_an_endpoint_that_cannot_be_trusted_or_used_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Account(endpoint, "key")
    assert "secret-word" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_plain_http_elsewhere_is_allowed_on_request_but_never_link_local() -> None:
    assert Account("http://10.0.0.1", "key", allow_insecure=True).endpoint == "http://10.0.0.1"
    with pytest.raises(ConfigurationError, match="link-local"):
        Account("http://169.254.169.254", "key", allow_insecure=True)


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "schlüssel", "nul\0"])
def test_an_invalid_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Account("https://host", key)
    assert "agbcontext:apiKey" in str(caught.value)
    assert "AGB_API_KEY" in str(caught.value)
    assert not key.strip() or key not in str(caught.value)


def test_whitespace_around_a_copied_key_is_removed() -> None:
    assert Account("https://host", " key\n") == Account("https://host", "key")


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_must_be_finite_and_positive(timeout: float) -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        Account("https://host", "key", timeout=timeout)


def test_parallel_uploads_must_be_at_least_one() -> None:
    with pytest.raises(ConfigurationError, match="parallelUploads"):
        Account("https://host", "key", parallel_uploads=0)


def test_the_key_is_not_in_repr() -> None:
    assert "canary" not in repr(Account("https://host", "canary"))


def test_the_fingerprint_is_stable_because_it_is_in_the_state() -> None:
    assert Account("https://sdk-api.agb.cloud", "key").fingerprint == "99f9590aae9c0a9c"


def test_the_fingerprint_depends_on_the_account_alone() -> None:
    account = Account("https://host", "key")
    assert account.fingerprint == Account("host/", " key", timeout=1, parallel_uploads=1).fingerprint
    others = {Account("https://host", "key2").fingerprint, Account("https://host2", "key").fingerprint}
    assert account.fingerprint not in others
    assert len(others) == 2
