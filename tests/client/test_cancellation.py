"""Tests of requests that the client ends: deadlines, cancellation, signals, fork and exit. Nothing keeps running."""

from __future__ import annotations

import gc
import http.client
import io
import logging
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.http import Blocks, Collector, HttpClient, NoAnswerError, Request
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.testing.server import LocalServer

from .certificates import make_certificate, over_tls
from .hostile import BLOCK, MEGABYTE, Peer, always, answer, at_most, get, hostile_server, outcome, put, then
from .support import KEY, call_log, upload

EMPTY_LIST = answer(b'{"success": true, "data": []}')


def stall(peer: Peer) -> None:
    peer.stall()


def read_slowly(peer: Peer) -> None:
    while peer.connection.recv(1):
        time.sleep(0.05)


def dribble_body(peer: Peer) -> None:
    peer.dribble(bytes(1000))


class Counted:
    """A download and an upload that count how often they are read or written."""

    def __init__(self) -> None:
        self.touched = 0

    def receive(self, _piece: bytes) -> bool:
        self.touched += 1
        return True

    def blocks(self) -> Iterator[bytes]:
        for _ in range(128):
            self.touched += 1
            yield BLOCK

    def upload(self, url: str) -> Request:
        return Request("PUT", url, {}, Blocks(64 * MEGABYTE, self.blocks()))


@pytest.mark.parametrize("act", [stall, read_slowly, dribble_body])
@pytest.mark.parametrize("upload", [False, True])
@pytest.mark.parametrize("how", ["cancelled", "deadline"])
def test_an_exchange_that_is_cancelled_ends_within_a_second(
    client: HttpClient, act: Callable[[Peer], None], upload: bool, how: str
) -> None:
    counted = Counted()
    head = b"" if act is not dribble_body or upload else b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with hostile_server(then(head, act)) as server:
        request = counted.upload(server.url) if upload else Request("GET", server.url, {})
        with within(60 if how == "cancelled" else 0.3) as scope:
            threading.Timer(0.3, scope.cancel).start()
            with at_most(1.3), pytest.raises(NoAnswerError) as caught:
                client.exchange(request, counted.receive)
        assert caught.value.cause == causes.OUT_OF_TIME or (upload and act is dribble_body)
        touched = counted.touched
        time.sleep(0.2)
        assert counted.touched == touched
        assert len(server.requests) == 1


def test_a_name_that_does_not_resolve_is_reported(client: HttpClient) -> None:
    with at_most(5):
        assert outcome(lambda: get(client, "https://nowhere.invalid/", seconds=4)) in (
            causes.UNKNOWN_HOST,
            causes.OUT_OF_TIME,
        )


def test_a_connection_does_not_keep_the_deadline_of_its_first_request(client: HttpClient) -> None:
    def talk(peer: Peer) -> None:
        while head := peer.next_request():
            if b"/slow" in head:
                time.sleep(0.8)
            peer.send(answer(b"x"))

    with hostile_server(talk) as server:
        assert get(client, server.url, seconds=0.4) == (200, b"x")
        assert get(client, f"{server.url}/slow") == (200, b"x")
        assert server.connections == 1


class OddError(Exception):
    pass


def test_an_exception_of_a_receiver_is_raised_by_the_exchange(
    client: HttpClient, capfd: pytest.CaptureFixture[str]
) -> None:
    def receive(_piece: bytes) -> bool:
        raise OddError

    with hostile_server(always(answer(b"x" * 100))) as server:
        with within(5), pytest.raises(OddError):
            client.exchange(Request("GET", server.url, {}), receive)
        assert get(client, server.url) == (200, b"x" * 100)
    assert capfd.readouterr() == ("", "")


def test_an_exception_of_a_source_is_raised_by_the_exchange_and_the_request_never_completes(client: HttpClient) -> None:
    received: list[int] = []

    def talk(peer: Peer) -> None:
        peer.next_request()
        received.append(len(peer.read(4 * MEGABYTE)))

    def blocks() -> Iterator[bytes]:
        yield BLOCK
        yield BLOCK
        raise OddError

    with hostile_server(talk) as server, at_most(2):
        with within(5), pytest.raises(OddError):
            client.exchange(Request("PUT", server.url, {}, Blocks(4 * MEGABYTE, blocks())), Collector(1).receive)
        time.sleep(0.3)
        assert len(received) == server.connections  # 0 if the source fails before the connection is established
    assert sum(received) <= MEGABYTE


# The event loop of libcurl.


@pytest.fixture
def curl_client() -> Iterator[HttpClient]:
    pytest.importorskip("pycurl")
    from pulumi_agbcontext.client.http.libcurl_client import LibcurlClient

    opened = LibcurlClient(4, allow_insecure=False)
    yield opened
    opened.close()


@pytest.mark.parametrize("step", ["add_handle", "socket_action", "info_read", "remove_handle"])
def test_an_event_loop_that_fails_leaves_no_caller_waiting_and_is_replaced(
    curl_client: HttpClient, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    caplog.set_level(logging.CRITICAL)
    loop = curl_client._loops[0]  # type: ignore[attr-defined]
    with hostile_server(then(b"", stall)) as server, ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(outcome, lambda: get(curl_client, server.url)) for _ in range(2)]
        while len(server.requests) < 2:
            time.sleep(0.01)
        loop._multi = Failing(loop._multi, step)
        with at_most(4):
            waiting.append(threads.submit(outcome, lambda: get(curl_client, server.url, seconds=0.2)))
            assert not wait(waiting, 20).not_done
        assert all(one.exception() or isinstance(one.result(), str) for one in waiting)
    with hostile_server(always(answer(b"again"))) as server:
        assert get(curl_client, server.url) == (200, b"again")
    loop._thread.join(20)


class Failing:
    """A multi handle whose method raises an exception that libcurl does not document."""

    def __init__(self, multi: Any, method: str) -> None:
        self._multi, self._method = multi, method

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            raise ZeroDivisionError
        return getattr(self._multi, name)


def test_a_closed_client_refuses_requests_immediately(client: HttpClient) -> None:
    with hostile_server(always(answer(b"x"))) as server:
        assert get(client, server.url) == (200, b"x")
        client.close()
        client.close()
        with at_most(1):
            assert isinstance(outcome(lambda: get(client, server.url)), (str, tuple))


def test_a_handle_that_libcurl_refuses_fails_alone(curl_client: HttpClient) -> None:
    from pulumi_agbcontext.client.http.event_loop import Transfer

    loop = curl_client._loops[0]  # type: ignore[attr-defined]
    with hostile_server(then(b"", stall)) as server, hostile_server(always(answer(b"x"))) as other:
        running = threading.Thread(target=lambda: outcome(lambda: get(curl_client, server.url, seconds=0.5)))
        running.start()
        while not server.requests:
            time.sleep(0.01)
        again = Transfer(next(iter(loop._running)))
        loop.start(again)
        assert again.done.acquire(timeout=1)
        assert again.failure is not None
        assert get(curl_client, other.url) == (200, b"x")
        running.join()


# The process that contains a client.


def run(code: str, *arguments: str, seconds: float = 20) -> str:
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


INTERRUPTED = """
import signal, sys, time
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.client.http import Blocks, Collector, Request, open_client

client = open_client(4, allow_insecure=False)
touched = 0

def blocks():
    global touched
    for _ in range(128):
        touched += 1
        yield bytes(512 * 1024)

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.3)
started = time.monotonic()
upload = sys.argv[2] == "upload"
body = Blocks(64 * 1024 * 1024, blocks()) if upload else None
try:
    with within(30):
        client.exchange(Request("PUT" if upload else "GET", sys.argv[1], {}, body), Collector(9).receive)
except KeyboardInterrupt:
    assert time.monotonic() - started < 1.5
    before = touched
    time.sleep(0.7)
    assert touched == before
    print("interrupted")
"""


@pytest.mark.parametrize("kind", ["upload", "download"])
def test_an_interrupt_leaves_no_transfer_running(http_client: str, kind: str) -> None:
    lasted: list[float] = []

    def talk(peer: Peer) -> None:
        peer.next_request()
        started = time.monotonic()
        peer.stall(5)
        lasted.append(time.monotonic() - started)

    with hostile_server(talk) as server:
        assert run(INTERRUPTED, server.url, kind) == "interrupted\n"
    # The connection ended with the interrupt, not with the process. An upload first sends what is in flight.
    assert kind == "upload" or (lasted and lasted[0] < 0.9)


IN_FLIGHT = """
import sys, threading, time
from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, connect

service = connect(Account(sys.argv[1], "key", timeout=30))

def ask():
    try:
        service.list()
    except errors.AGBError:
        pass

threading.Thread(target=ask, daemon=True).start()
time.sleep(0.5)
print(time.time())
"""


def test_a_process_exits_immediately_and_silently_with_a_request_in_flight(http_client: str) -> None:
    with hostile_server(then(b"", stall)) as server:
        left = float(run(IN_FLIGHT, server.url))
        assert time.time() - left < 1.5
        assert len(server.requests) == 1


FORKED = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.client.http import Collector, NoAnswerError, Request, open_client

client = open_client(4, allow_insecure=False)

def ask(path, seconds=5):
    collector = Collector(99)
    with within(seconds):
        client.exchange(Request("GET", sys.argv[1] + path, {}), collector.receive)
    return collector.content.decode()

slow = []
thread = threading.Thread(target=lambda: slow.append(ask("/slow")))
thread.start()
time.sleep(0.2)
assert ask("/parent/1") == "/parent/1"
child = os.fork()
if child == 0:
    if sys.argv[2] != "unused":
        assert ask("/child") == "/child"
        try:
            ask("/stall", 0.4)
        except NoAnswerError:
            pass
        else:
            raise AssertionError("a forked process has no deadlines")
    if sys.argv[2] == "exit":
        sys.exit(0)
    del client
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
thread.join()
assert slow == ["/slow"], slow
assert ask("/parent/2") == "/parent/2"
client.close()
print("done")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("end", ["exit", "_exit", "unused"])
@pytest.mark.parametrize("tls", [False, True])
def test_a_forked_process_uses_its_own_connections(
    http_client: str, end: str, tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    served: list[tuple[int, bytes]] = []

    def talk(peer: Peer) -> None:
        number = peer.number
        while head := peer.next_request():
            served.append((number, path := head.split()[1]))
            if path == b"/stall":
                peer.stall(3)
            if path == b"/slow":
                time.sleep(0.8)
            peer.send(answer(path))

    wrap = over_tls(certificate) if tls else lambda connection: connection
    with hostile_server(talk, wrap=wrap) as server:
        url = server.url.replace("http:", "https:") if tls else server.url
        assert run(FORKED, url, end) == "done\n"
        child = {number for number, path in served if path in (b"/child", b"/stall")}
        parent = {number for number, path in served if path not in (b"/child", b"/stall")}
        assert bool(child) == (end != "unused")
        assert not child & parent
        assert sum(path == b"/slow" for _, path in served) == 1


def test_an_unreferenced_service_stops_its_threads(http_client: str) -> None:
    gc.collect()
    others = threading.enumerate()
    before = len(others)
    with hostile_server(always(EMPTY_LIST)) as server:
        service = ContextService(Account(server.url, "held"))
        service.list()
        own = [one for one in threading.enumerate() if one.name.startswith("agbcontext-") and one not in others]
        assert own
        del service
        gc.collect()
        for thread in own:
            thread.join(2)
            assert not thread.is_alive()
    until = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)  # the server's own threads end shortly after their connections
    assert threading.active_count() <= before


ENDED = """
import gc, sys
from pulumi_agbcontext.client import Account, ContextService
for _ in range(3):
    service = ContextService(Account(sys.argv[1], "key"))
    service.list()
    del service
    gc.collect()
service = ContextService(Account(sys.argv[1], "key"))
service.list()
"""


def test_no_resource_is_left_for_the_garbage_collector(http_client: str) -> None:
    with hostile_server(always(EMPTY_LIST)) as server:
        assert run(ENDED, server.url) == ""
        assert len(server.requests) == 4


# Logging.


def test_no_library_logs_a_url_a_key_or_a_password(
    http_client: str, quick_retries: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 9)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://user:canary-word@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    odd = b"HTTP/1.1 200 OK\r\nno header\r\nX: canary-header\r\nContent-Length: 0\r\n\r\n"
    attacks = [odd, b"canary-garbage\r\n\r\n", answer(b"", "503 Busy"), answer(b"", "302 F", "Location: /")]

    with call_log() as lines:
        for message in attacks:
            with hostile_server(always(message)) as server:
                attack(ContextService(Account(server.url, "canary-key", timeout=1)), f"{server.url}/?s=canary-sig")
        outcome_of(ContextService(Account("https://api.example.com", "canary-key", timeout=1)).list)
    assert "canary" not in "".join(lines)
    assert "pulumi_agbcontext" in "".join(lines)
    assert "canary" not in "".join(capfd.readouterr())


def attack(service: ContextService, url: str) -> None:
    outcome_of(service.list)
    outcome_of(lambda: service.transfers._store.stat(url, "read /a"))
    outcome_of(lambda: put(service.transfers._store._http, url, MEGABYTE))


def outcome_of(act: Callable[[], object]) -> None:
    try:
        act()
    except (errors.AGBError, NoAnswerError) as error:
        assert "canary" not in str(error)


def read_as_fast_as_it_comes(peer: Peer) -> None:
    while peer.connection.recv(MEGABYTE):
        pass


def test_an_upload_to_a_fast_server_ends_within_a_second_of_its_cancellation(client: HttpClient) -> None:
    size = 20_000 * MEGABYTE
    body = Blocks(size, (bytes(MEGABYTE) for _ in range(size // MEGABYTE)))
    with hostile_server(read_as_fast_as_it_comes) as server, within(60) as scope, at_most(1.5):
        threading.Timer(0.4, scope.cancel).start()
        with pytest.raises(NoAnswerError, match="before the timeout"):
            client.exchange(Request("PUT", f"{server.url}/", {}, body), Collector(10).receive)


# Garbage collection. It can run in any thread, and while that thread holds a lock that an ending thread needs.


@pytest.mark.parametrize("uploads", ["stored", "refused", "late"])
def test_the_garbage_collector_waits_for_no_thread(
    http_client: str, agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch, uploads: str
) -> None:
    joined: list[str] = []
    gc.collect()
    gc.disable()
    try:
        service = _upload_and_forget(agb_server, uploads)
        monkeypatch.setattr(threading.Thread, "join", lambda thread, _timeout=None: joined.append(thread.name))
        while service() is not None:  # its threads may still use it for a moment
            gc.collect()
    finally:
        gc.enable()
    assert joined == []


def _upload_and_forget(server: LocalServer, uploads: str) -> weakref.ref[ContextService]:
    """Upload a large file with a service that only the garbage collector can delete afterwards."""
    circle: list[object] = []
    service = ContextService(Account(server.url, KEY))
    circle += [circle, service]
    context = service.create("data").context
    assert context is not None
    if uploads == "refused":
        server.fault("Upload", "status", status=403, times=9)
    source = SlowSource if uploads == "late" else io.BytesIO
    large = replace(upload("/large", bytes(16 * MEGABYTE)), open=lambda: source(bytes(16 * MEGABYTE)))
    try:
        with within(1):
            service.transfers.upload_many(context.id, [large])
    except errors.AGBError as error:
        assert uploads != "stored"
        circle.append(error)
    else:
        assert uploads == "stored"
    return weakref.ref(service)


class SlowSource(io.BytesIO):
    """A file that takes three seconds to read."""

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.1)
        return super().read(size)
