"""Tests that every call ends in time, however slowly the server sends its bytes."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.client.http import protocol
from pulumi_agbcontext.client.http.deadline import Deadline, current, within
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, count, http, raw_server, upload

pytestmark = pytest.mark.usefixtures("http_client")


def dribble(connection: socket.socket, data: bytes) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("what", ["head", "body"])
def test_a_slow_response_is_abandoned_at_the_deadline(what: str) -> None:
    def talk(connection: socket.socket) -> None:
        answer = http(b'{"success": true, "data": []}' + b" " * 1000)
        if what == "body":
            connection.sendall(answer[:120])
            answer = answer[120:]
        dribble(connection, answer)

    with raw_server(talk) as (url, heads):
        started = time.monotonic()
        with pytest.raises(errors.UnreachableError, match="before the timeout"):
            ContextService(Account(url, KEY, timeout=1)).list()
        assert time.monotonic() - started < 5
        assert len(heads) == 1


def test_a_silent_server_is_abandoned_at_the_deadline(agb_server: LocalServer, context: Context) -> None:
    fault = agb_server.fault("GetContext", "stall", seconds=30)
    started = time.monotonic()
    with pytest.raises(errors.UnreachableError, match="before the timeout"):
        ContextService(Account(agb_server.url, KEY, timeout=1)).get(context_id=context.id)
    assert time.monotonic() - started < 5
    assert fault.consumed == 1


def test_a_silent_connection_is_abandoned_before_the_deadline_and_the_call_is_retried(
    agb_server: LocalServer, service: ContextService, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "IDLE_SECONDS", 1)
    fault = agb_server.fault("GetContext", "stall", seconds=30)
    before = count(agb_server, "GetContext")
    service.get(context_id=context.id)
    assert fault.consumed == 1
    assert count(agb_server, "GetContext") - before == 2


def test_a_slow_answer_in_time_is_waited_for(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    fault = agb_server.fault("GetContext", "slow_body", seconds=1)
    assert service.get(context_id=context.id).context_id == context.id
    assert fault.consumed == 1


def test_a_stalled_upload_ends_with_an_error_that_names_it(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    agb_server.fault("Upload", "stall", times=9, seconds=30)
    account = Account(agb_server.url, KEY, timeout=1)
    with pytest.raises(errors.TransferError, match=f"upload /a to context {context.id}"):
        ContextService(account).transfers.upload_many(context.id, [upload("/a", b"x")])


def test_an_address_without_a_response_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    # A listener with a full queue drops further connections, as an unreachable machine does.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.1)
        monkeypatch.setattr(protocol, "CONNECT_SECONDS", 0.3)
        started = time.monotonic()
        with pytest.raises(errors.UnreachableError):
            ContextService(Account(f"http://127.0.0.1:{listener.getsockname()[1]}", KEY, timeout=2)).list()
        assert time.monotonic() - started < 5
        for filler in fillers:
            filler.close()


def test_a_nested_deadline_can_only_shorten_the_outer_one() -> None:
    with within(0.1) as outer, within(60) as inner:
        assert inner.remaining() <= outer.remaining() + 0.001 <= 0.101
        assert current() is inner
    assert current().remaining() == float("inf")


def test_a_sleep_ends_with_its_deadline() -> None:
    started = time.monotonic()
    Deadline(0.1).sleep(5)
    assert time.monotonic() - started < 3


def test_a_sleep_ends_when_its_deadline_is_cancelled() -> None:
    scope = Deadline(60)
    threading.Timer(0.1, scope.cancel).start()
    started = time.monotonic()
    scope.sleep(5)
    assert time.monotonic() - started < 3


def test_a_cancelled_deadline_ends_a_call_in_progress(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    agb_server.fault("GetContext", "stall", seconds=30)
    with within(60) as scope:
        threading.Timer(0.3, scope.cancel).start()
        started = time.monotonic()
        with pytest.raises(errors.UnreachableError):
            service.get(context_id=context.id)
        assert time.monotonic() - started < 5
