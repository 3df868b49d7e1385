"""Tests of servers with faulty TLS: the client refuses the connection once and reports the cause."""

from __future__ import annotations

import ipaddress
import socket
import time
from pathlib import Path

import pytest
from cryptography import x509

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.http import NoAnswerError, open_client
from pulumi_agbcontext.messages import causes

from .certificates import LOCAL, make_certificate, over_tls
from .hostile import Peer, always, answer, get, hostile_server, outcome, then
from .support import KEY

pytestmark = pytest.mark.usefixtures("http_client")

NAMES: dict[str, tuple[x509.GeneralName, ...]] = {
    "another name": (x509.DNSName("other.example.com"),),
    "another address": (x509.IPAddress(ipaddress.ip_address("127.0.0.2")),),
    "expired": LOCAL,
    "unknown authority": LOCAL,
}


def secure(url: str) -> str:
    return url.replace("http:", "https:")


@pytest.mark.parametrize("case", NAMES)
def test_an_invalid_certificate_is_refused_once(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path / "pem", NAMES[case], days_left=-1 if case == "expired" else 1)
    if case == "unknown authority":
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    else:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with hostile_server(always(answer(b"{}")), wrap=over_tls(certificate)) as server:
        with pytest.raises(errors.UnreachableError, match="server's TLS certificate is not trusted"):
            ContextService(Account(secure(server.url), KEY, timeout=5)).list()
        assert (server.connections, server.requests) == (1, [])


def test_plain_http_on_the_port_of_https_is_named() -> None:
    def talk(peer: Peer) -> None:
        peer.connection.recv(65536)
        peer.send(answer(b"{}", "400 Bad Request"))

    with hostile_server(talk) as server:
        with pytest.raises(errors.UnreachableError, match=causes.NO_TLS.split(";", maxsplit=1)[0]):
            ContextService(Account(secure(server.url), KEY, timeout=5)).list()
        assert server.connections == 1


@pytest.mark.parametrize("length", ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n", ""])
def test_a_body_over_tls_that_ends_without_close_notify_is_not_complete(
    length: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    body = b"10\r\nabc" if "chunked" in length else b"abc"
    # Python's servers close a connection without close_notify.
    with hostile_server(
        then(b"HTTP/1.1 200 OK\r\n" + length.encode() + b"\r\n" + body), wrap=over_tls(certificate)
    ) as server:
        client = open_client(2, allow_insecure=False)
        found = outcome(lambda: get(client, secure(server.url)))
        client.close()
        assert isinstance(found, str) or (not length and found == (200, b"abc"))


@pytest.mark.parametrize("text", [b"", b"\x16\x03\x01\x00\x05hello", bytes(1000), b"\x15\x03\x03\x00\x02\x02\x28"])
def test_a_handshake_that_fails_is_an_error(text: bytes) -> None:
    def talk(peer: Peer) -> None:
        peer.connection.recv(65536)
        peer.send(text)

    with hostile_server(talk) as server:
        client = open_client(2, allow_insecure=False)
        with pytest.raises(NoAnswerError):
            get(client, secure(server.url), seconds=3)
        client.close()
        assert server.connections == 1


def test_a_slow_handshake_is_abandoned_with_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_agbcontext.client.http.protocol.CONNECT_SECONDS", 0.5)

    def talk(peer: Peer) -> None:
        peer.connection.recv(65536)
        peer.dribble(b"\x16\x03\x03\x40\x00" + bytes(1000))

    with hostile_server(talk) as server:
        client = open_client(2, allow_insecure=False)
        assert outcome(lambda: get(client, secure(server.url), seconds=5)) == causes.OUT_OF_TIME
        client.close()


def test_a_connection_that_ends_between_two_requests_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    def talk(peer: Peer) -> None:
        peer.next_request()
        peer.send(answer(b"x"))
        peer.connection.shutdown(socket.SHUT_WR)

    with hostile_server(talk, wrap=over_tls(certificate)) as server:
        client = open_client(2, allow_insecure=False)
        assert get(client, secure(server.url)) == (200, b"x")
        time.sleep(0.1)  # until the client can notice it
        assert get(client, secure(server.url)) == (200, b"x")
        client.close()
        assert server.connections == 2
