"""Tests of the exact bytes that the client sends and of the log lines about them."""

from __future__ import annotations

import json
import re
import socket

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, LoggedCall, http, raw_server

FOUND = {
    "success": True,
    "code": "",
    "requestId": "r-1",
    "data": {"id": "SdkCtx-1", "name": "a b/c&d", "state": "available"},
}


def test_a_get_escapes_every_argument_and_sends_only_the_expected_headers(http_client: str) -> None:
    with raw_server(lambda connection: connection.sendall(http(json.dumps(FOUND).encode()))) as (url, heads):
        ContextService(Account(url, KEY)).get("a b/c&d", login_region_id="cn-hangzhou")
    [line, *headers] = heads[0].decode().rstrip("\r\n").split("\r\n")
    assert line.startswith("GET /sdk/GetContext?")
    assert "name=a%20b%2Fc%26d" in line
    assert set(headers) - _of_the_library() == _headers(url)


def test_a_post_sends_an_empty_object(http_client: str) -> None:
    bodies: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        bodies.append(heads[-1].partition(b"\r\n\r\n")[2] or connection.recv(100))
        connection.sendall(http(b'{"success":true}'))

    with raw_server(talk) as (url, heads):
        ContextService(Account(url, KEY)).clear_async("SdkCtx-1")
    [line, *headers] = heads[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert line == "POST /sdk/ClearContext?id=SdkCtx-1 HTTP/1.1"
    assert set(headers) - _of_the_library() == {*_headers(url), "Content-Length: 2"}
    assert bodies == [b"{}"]


def _headers(url: str) -> set[str]:
    return {
        f"Host: {url.removeprefix('http://')}",
        "Accept-Encoding: identity",
        f"authorization: Bearer {KEY}",
        "Content-Type: application/json",
        "User-Agent: pulumi-agbcontext",
    }


def _of_the_library() -> set[str]:
    return {"Connection: keep-alive"}


def test_a_logged_call_has_its_duration(agb_server: LocalServer, calls: list[LoggedCall]) -> None:
    agb_server.behave(latency=0.2)
    ContextService(Account(agb_server.url, KEY)).create("data")
    [line] = [line for line in calls if "GetContext 200" in line]
    milliseconds = re.search(r"GetContext 200, (\d+) ms, attempt 1, request id \w", line)
    assert milliseconds is not None
    assert 200 <= int(milliseconds[1]) < 2000


@pytest.mark.usefixtures("quick_retries")
def test_a_call_without_an_answer_is_logged_with_its_reason(calls: list[LoggedCall]) -> None:
    with raw_server(lambda connection: None) as (url, _), pytest.raises(errors.UnreachableError):
        ContextService(Account(url, KEY)).get("data")
    lines = [line for line in calls if "GetContext " in line]
    assert len(lines) == 3
    form = re.compile(r"GetContext failed \(.+\), \d+ ms, attempt \d, request id none$")
    assert all(form.search(line) for line in lines), lines
    assert not any("None" in line for line in lines), lines
