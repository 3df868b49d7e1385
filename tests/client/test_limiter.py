"""How many uploads are under way while the API throttles, as an API sees it that has limits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, ContextService, retry
from pulumi_agbcontext.client.deadline import within
from pulumi_agbcontext.client.pace import Pace

from .support import KEY, upload

CONTEXT = "SdkCtx-1"


class LimitedApi(ThreadingHTTPServer):
    """An API that answers 429 to what comes while `limit` requests are under way; each takes a while."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, limit: int, seconds: float = 0.02) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.limit, self.seconds = limit, seconds
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.lock = threading.Lock()
        self.under_way = 0
        self.seen: list[int] = []  # for each request, how many were under way with it
        self.stored: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: apart, each answer would wait for the acknowledgement of its head
    server: LimitedApi

    def do_POST(self) -> None:
        url = f"{self.server.url}/objects/{self.path.partition('filePath=')[2]}"
        self._answer_within_limits({"url": url, "expireTime": 1})

    def do_PUT(self) -> None:
        if self._answer_within_limits({}):
            self.server.stored.add(self.path)

    def _answer_within_limits(self, data: dict[str, object]) -> bool:
        self.rfile.read(int(self.headers["Content-Length"]))
        api = self.server
        with api.lock:
            api.under_way += 1
            under_way = api.under_way
            api.seen.append(under_way)
        time.sleep(api.seconds)
        with api.lock:
            api.under_way -= 1
        within_limits = under_way <= api.limit
        body = json.dumps({"success": within_limits, "requestId": "r", "data": data}).encode()
        self.send_response(200 if within_limits else 429)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return within_limits

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def limited_api(limit: int) -> Iterator[LimitedApi]:
    with LimitedApi(limit) as api:
        thread = threading.Thread(target=api.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield api
        finally:
            api.shutdown()
            thread.join()


def seed(service: ContextService, count: int, folder: str) -> None:
    service.transfers.upload_many(CONTEXT, [upload(f"/{folder}/{number}", b"x") for number in range(count)])


@pytest.fixture
def generous_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here is how many run at once, not how often they are repeated."""
    monkeypatch.setattr(retry, "budget", retry.RetryBudget(1000))
    monkeypatch.setattr(retry, "ATTEMPTS", 10)


def test_an_api_that_throttles_gets_fewer_at_once_and_every_file(generous_budget: None, quick_repeats: None) -> None:
    with limited_api(limit=4) as api:
        seed(ContextService(Account(api.url, KEY, parallel_uploads=32)), 150, "a")
        assert len(api.stored) == 150
        settled = api.seen[len(api.seen) // 2 :]
        assert max(api.seen) > 8
        assert max(settled) <= 8
        assert sum(settled) / len(settled) <= 5


def test_an_api_that_throttles_no_longer_gets_more_again(generous_budget: None, quick_repeats: None) -> None:
    with limited_api(limit=2) as api:
        service = ContextService(Account(api.url, KEY, parallel_uploads=16))
        seed(service, 40, "slow")
        api.limit = 1000
        api.seen.clear()
        seed(service, 200, "fast")
        first, last = api.seen[:50], api.seen[-100:]
        assert max(first) <= 5
        assert max(last) >= 6


def test_one_always_remains(generous_budget: None, quick_repeats: None) -> None:
    with limited_api(limit=1) as api:
        seed(ContextService(Account(api.url, KEY, parallel_uploads=8)), 20, "a")
        assert len(api.stored) == 20
        assert 1 in api.seen[-20:]


def test_complaints_of_what_was_under_way_together_count_once() -> None:
    pace = Pace(16)
    ready, done = threading.Barrier(4), threading.Barrier(4)

    def complain() -> None:
        from pulumi_agbcontext.client.pace import slow_down

        with pace.turn():
            ready.wait(5)
            slow_down()
            done.wait(5)

    threads = [threading.Thread(target=complain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken_at_once(pace) == 8


def taken_at_once(pace: Pace) -> int:
    """How many turns can be had before one has to be waited for."""
    count = 0

    def take() -> None:
        nonlocal count
        with within(0.2) as scope, pace.turn():
            count += not scope.passed()
            time.sleep(0.5)

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count


def test_waiting_for_a_turn_ends_with_the_deadline(generous_budget: None) -> None:
    with limited_api(limit=0) as api:
        service = ContextService(Account(api.url, KEY, parallel_uploads=8))
        started = time.monotonic()
        with within(1), pytest.raises(errors.AGBError):
            seed(service, 50, "a")
        assert time.monotonic() - started < 5
        assert api.stored == set()


@pytest.mark.parametrize(
    ("status", "code", "may_pass", "asks_for_less"),
    [
        (429, "", True, True),
        (503, "", True, True),
        (200, "Throttling", True, True),
        (200, "Throttling", False, False),
        (200, "", True, False),
        (504, "", True, False),
        (500, "InternalError", True, False),
    ],
)
def test_only_what_asks_for_less_slows_the_pace(status: int, code: str, may_pass: bool, asks_for_less: bool) -> None:
    pace = Pace(2)

    def fail(number: int) -> None:
        raise errors.AGBError("No.", http_status=status, code=code, may_pass=may_pass)

    with pace.turn(), pytest.raises(errors.AGBError):
        retry.run(fail, repeatable=False)
    began = time.monotonic()
    with pace.turn(), within(0.1), pace.turn():  # the second has to wait where only one is left
        assert (time.monotonic() - began > 0.05) == asks_for_less
