"""Tests of the hosts that a presigned URL may name and of the data that is never sent there."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, count, http, raw_server, upload

pytestmark = pytest.mark.usefixtures("http_client")

LINK_LOCAL = [
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/",
    "https://[fe80::1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
]
NOT_HTTP = ["file:///etc/passwd", "ftp://host/file", "gopher://host/", "//host/path", "/relative", "", "https://", "x"]
PLAIN = ["http://store.example.com/a?signature=canary-signature", "http://10.1.2.3/", "http://localhost.example.com/"]


def hand_out(server: LocalServer, url: str, operation: str = "GetContextFileUploadUrl") -> None:
    answer = {"success": True, "data": {"url": url, "expireTime": 1}}
    server.fault(operation, "answer", times=9, content=json.dumps(answer))


@pytest.mark.parametrize("url", [*LINK_LOCAL, *NOT_HTTP, *PLAIN])
def test_a_url_to_a_forbidden_host_receives_nothing(
    agb_server: LocalServer, service: ContextService, context: Context, url: str
) -> None:
    hand_out(agb_server, url)
    with pytest.raises(errors.TransferError) as caught:
        service.transfers.upload_many(context.id, [upload("/a", b"x")])
    assert "canary-signature" not in str(caught.value)
    assert count(agb_server, "GetContextFileUploadUrl") == 1


@pytest.mark.parametrize("url", LINK_LOCAL)
def test_link_local_addresses_are_refused_even_if_insecure_is_allowed(
    agb_server: LocalServer, context: Context, url: str
) -> None:
    hand_out(agb_server, url, "GetContextFileDownloadUrl")
    account = Account(agb_server.url, KEY, allow_insecure=True)
    with pytest.raises(errors.TransferError, match="link-local"):
        ContextService(account).transfers.size(context.id, "/a")


def stored(connection: socket.socket) -> None:
    connection.sendall(http(b""))


def elsewhere(connection: socket.socket) -> None:
    connection.sendall(http(b"", "307 Temporary Redirect", "Location: http://127.0.0.1:1/"))


@pytest.mark.parametrize("talk", [stored, elsewhere])
def test_a_store_receives_neither_key_nor_cookie_and_its_redirects_are_not_followed(
    agb_server: LocalServer, service: ContextService, context: Context, talk: Callable[[socket.socket], None]
) -> None:
    with raw_server(talk) as (url, heads):
        hand_out(agb_server, f"{url}/bucket/a?signature=1")
        try:
            service.transfers.upload_many(context.id, [upload("/a", b"x")])
        except errors.TransferError as error:
            assert talk is elsewhere
            assert error.http_status == 307
        assert len(heads) == 1
        head = heads[0].lower()
        assert head.startswith(b"put /bucket/a?signature=1 http/1.1\r\n")
        assert b"content-length: 1\r\n" in head
        for forbidden in (b"authorization", b"cookie", b"transfer-encoding", b"content-type", KEY.encode()):
            assert forbidden not in head


def test_an_empty_file_is_sent_with_its_length(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    with raw_server(stored) as (url, heads):
        hand_out(agb_server, url)
        service.transfers.upload_many(context.id, [upload("/a", b"")])
    assert b"content-length: 0\r\n" in heads[0].lower()


def test_redirects_of_the_api_are_not_followed_with_the_key() -> None:
    with (
        raw_server(stored) as (other, others),
        raw_server(
            lambda connection: connection.sendall(http(b"", "302 Found", f"Location: {other}/sdk/ListContexts"))
        ) as (url, heads),
    ):
        with pytest.raises(errors.UnreachableError):
            ContextService(Account(url, KEY)).list()
        assert (len(heads), len(others)) == (1, 0)


def test_the_netrc_of_the_user_never_replaces_the_key(
    agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert ContextService(Account(agb_server.url, "netrc-key")).list().success
