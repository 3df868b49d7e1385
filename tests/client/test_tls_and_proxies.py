"""Tests of CA certificates and proxies that the environment configures."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .certificates import make_certificate, over_tls
from .support import http, raw_server

pytestmark = pytest.mark.usefixtures("http_client")

EMPTY_LIST = http(b'{"success": true, "requestId": "r1", "data": []}')


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a self-signed certificate for 127.0.0.1 and api.example.com, with its key in the same file."""
    return make_certificate(tmp_path / "certificate.pem")


def say(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(answer)


def test_an_untrusted_certificate_is_refused_once(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with raw_server(say(EMPTY_LIST), wrap=over_tls(certificate)) as (url, heads):
        with pytest.raises(errors.UnreachableError, match="server's TLS certificate is not trusted"):
            ContextService(Account(url.replace("http", "https"), "stranger")).list()
        assert not any(heads)  # the server may complete the handshake before the client rejects the certificate


def test_a_certificate_of_the_bundle_that_the_environment_names_is_accepted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with raw_server(say(EMPTY_LIST), wrap=over_tls(certificate)) as (url, heads):
        assert ContextService(Account(url.replace("http", "https"), "known")).list().request_id == "r1"
        assert len(heads) == 1


def test_a_slow_response_over_tls_is_abandoned_at_the_deadline(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    def dribble(connection: socket.socket) -> None:
        for byte in EMPTY_LIST:
            connection.sendall(bytes([byte]))
            threading.Event().wait(0.05)

    with (
        raw_server(dribble, wrap=over_tls(certificate)) as (url, _),
        pytest.raises(errors.UnreachableError, match="before the timeout"),
    ):
        ContextService(Account(url.replace("http", "https"), "slow", timeout=1)).list()


def test_a_bundle_that_cannot_be_loaded_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    with pytest.raises(errors.ConfigurationError, match=r"/nowhere/bundle\.pem.*REQUESTS_CA_BUNDLE"):
        ContextService(Account("https://127.0.0.1:1", "bundle")).list()


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def name_proxy(proxy: str) -> None:
        for scheme in ("HTTP", "HTTPS"):
            monkeypatch.setenv(f"{scheme}_PROXY", proxy)
            monkeypatch.setenv(f"{scheme.lower()}_proxy", proxy)

    return name_proxy


@pytest.mark.parametrize("form", ["http://127.0.0.1:{}", "127.0.0.1:{}", "http://user:word@127.0.0.1:{}"])
def test_a_proxy_from_the_environment_is_used(form: str, proxied: Callable[[str], None]) -> None:
    with raw_server(say(EMPTY_LIST)) as (url, heads):
        proxied(form.format(url.rsplit(":", 1)[1]))
        account = Account("http://api.example.com", form, allow_insecure=True)
        assert ContextService(account).list().request_id == "r1"
    assert heads[0].startswith(b"GET http://api.example.com/sdk/ListContexts?")
    assert (b"proxy-authorization" in heads[0].lower()) == ("user" in form)


def test_https_uses_a_tunnel_in_which_the_proxy_sees_no_key(
    certificate: Path, proxied: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bytes] = []

    def tunnel(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with over_tls(certificate)(connection) as wrapped:
            inside.append(wrapped.recv(65536))
            wrapped.sendall(EMPTY_LIST)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with raw_server(tunnel) as (url, heads):
        proxied(url)
        assert ContextService(Account("https://api.example.com", "tunnelled-key")).list().request_id == "r1"
    assert heads[0].startswith(b"CONNECT api.example.com:443 ")
    assert b"tunnelled-key" not in heads[0]
    assert b"tunnelled-key" in inside[0]


def test_requests_to_this_machine_never_use_a_proxy(agb_server: LocalServer, proxied: Callable[[str], None]) -> None:
    with raw_server(say(EMPTY_LIST)) as (url, heads):
        proxied(url)
        assert ContextService(Account(agb_server.url, "proxied-key")).list().success
    assert heads == []


def test_a_host_in_no_proxy_is_reached_directly(
    proxied: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(say(EMPTY_LIST)) as (url, heads):
        proxied(url)
        monkeypatch.setenv("NO_PROXY", "nowhere.invalid")
        with pytest.raises(errors.UnreachableError, match="cannot be resolved"):
            ContextService(Account("http://nowhere.invalid", "excepted", timeout=2, allow_insecure=True)).list()
    assert heads == []


def test_an_unsupported_proxy_is_a_configuration_error(proxied: Callable[[str], None]) -> None:
    proxied("socks5://user:canary@127.0.0.1:1")
    with pytest.raises(errors.ConfigurationError, match="HTTPS_PROXY") as caught:
        ContextService(Account("https://api.example.com", "socks")).list()
    assert "canary" not in str(caught.value)


def test_a_proxy_that_is_down_is_an_error_without_its_password(proxied: Callable[[str], None]) -> None:
    proxied("http://user:canary@127.0.0.1:1")
    with pytest.raises(errors.UnreachableError) as caught:
        ContextService(Account("https://api.example.com", "down", timeout=3)).list()
    assert "canary" not in str(caught.value)
