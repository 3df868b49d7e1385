"""Tests of the limits on concurrent uploads and on requests per second, against an API that throttles."""

from __future__ import annotations

import heapq
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from benchmarks.sink import Sink
from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.http import concurrency_limiter, rate_limiter
from pulumi_agbcontext.client.http.concurrency_limiter import ConcurrencyLimiter
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.client.http.rate_limiter import RateLimiter
from pulumi_agbcontext.client.http.retry_policy import RetryPolicy

from .support import KEY, upload

CONTEXT = "SdkCtx-1"


class LimitedApi(ThreadingHTTPServer):
    """An API that answers 429 to each request above `limit` concurrent ones. Each request takes `seconds`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, limit: int, seconds: float = 0.01) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.limit, self.seconds = limit, seconds
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.lock = threading.Lock()
        self.under_way = 0
        self.seen: list[int] = []  # number of concurrent requests at each request
        self.stored: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # send head and body together: otherwise each response waits for the acknowledgement of its head
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


def seed(service: ContextService, count: int, directory: str) -> None:
    service.transfers.upload_many(CONTEXT, [upload(f"/{directory}/{number}", b"x") for number in range(count)])


def test_an_api_that_throttles_receives_fewer_concurrent_requests_and_every_file() -> None:
    with limited_api(limit=4) as api:
        seed(ContextService(Account(api.url, KEY, parallel_uploads=32)), 150, "a")
        assert len(api.stored) == 150
        settled = api.seen[len(api.seen) // 2 :]
        assert max(api.seen) > 6
        assert max(settled) <= 8
        assert sum(settled) / len(settled) <= 5


@pytest.mark.long
def test_an_api_that_stops_throttling_receives_more_concurrent_requests_again(quick_retries: None) -> None:
    with limited_api(limit=2) as api:
        service = ContextService(Account(api.url, KEY, parallel_uploads=16))
        seed(service, 20, "slow")
        api.limit = 1000
        api.seen.clear()
        seed(service, 400, "fast")
        first, last = api.seen[:50], api.seen[-100:]
        assert max(first) <= 5
        assert sum(last) / len(last) > 2 * sum(first) / len(first)


def test_the_limit_never_falls_below_one(quick_retries: None) -> None:
    with limited_api(limit=1) as api:
        seed(ContextService(Account(api.url, KEY, parallel_uploads=3)), 8, "a")
        assert len(api.stored) == 8
        assert 1 in api.seen[-20:]


def test_throttling_of_concurrent_requests_counts_once() -> None:
    limiter = ConcurrencyLimiter(16)
    ready, done = threading.Barrier(4), threading.Barrier(4)

    def be_throttled() -> None:
        with limiter.slot():
            ready.wait(5)
            limiter.throttled()
            done.wait(5)

    threads = [threading.Thread(target=be_throttled) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert limiter.limit == 8


def test_waiting_for_a_slot_ends_with_the_deadline(quick_retries: None) -> None:
    with limited_api(limit=0) as api:
        service = ContextService(Account(api.url, KEY, parallel_uploads=8))
        started = time.monotonic()
        with within(1), pytest.raises(errors.AGBError):
            seed(service, 50, "a")
        assert time.monotonic() - started < 5
        assert api.stored == set()


@pytest.mark.parametrize(
    ("error", "slower"),
    [
        (errors.ThrottledError("No.", retryable=True), True),
        (errors.UnreachableError("No.", http_status=503, retryable=True), True),
        (errors.UnreachableError("No.", http_status=504, retryable=True), False),
        (errors.UnreachableError("No.", http_status=500, code="InternalError", retryable=True), False),
        (errors.TransferError("No.", http_status=403), False),
    ],
)
def test_only_errors_that_ask_for_fewer_requests_lower_the_limit(error: errors.AGBError, slower: bool) -> None:
    limiter = ConcurrencyLimiter(2)

    def fail(number: int) -> None:
        raise error

    with limiter.slot(), pytest.raises(errors.AGBError):
        RetryPolicy(limiter).run(fail, idempotent=False)
    assert limiter.limit == (1 if slower else 2)


def simulate(
    monkeypatch: pytest.MonkeyPatch, limiter: ConcurrencyLimiter, seconds_a_task: Callable[[int], float], seconds: float
) -> list[int]:
    """Keep a limiter busy on a simulated clock, which other work on the machine does not affect; return its limits."""
    now, limits = 0.0, []
    monkeypatch.setattr(concurrency_limiter, "time", SimpleNamespace(monotonic=lambda: now))
    running: list[float] = []  # end time of each task
    while now < seconds:
        while len(running) < limiter.limit:
            limiter._take(concurrency_limiter._Slot())
            heapq.heappush(running, now + seconds_a_task(limiter.limit))
        now = heapq.heappop(running)
        limiter._give_back(completed=True)
        limits.append(limiter.limit)
    return limits


def test_the_limit_doubles_up_to_its_ceiling_while_throughput_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = ConcurrencyLimiter(64)
    limits = simulate(monkeypatch, limiter, lambda limit: 0.05, 1.5)
    assert limits[0] == 16
    assert set(limits) == {16, 32, 64}
    assert limiter.limit == 64


def test_the_limit_stays_where_more_concurrency_does_not_increase_throughput(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = ConcurrencyLimiter(64)
    # A saturated link: twice as many tasks take twice as long.
    simulate(monkeypatch, limiter, lambda limit: 0.05 * limit / 16, 5)
    assert limiter.limit <= 32  # the first window after a change still counts tasks that began before it


def test_a_few_tasks_do_not_raise_the_limit() -> None:
    limiter = ConcurrencyLimiter(64)
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        with limiter.slot():
            time.sleep(0.001)
    assert limiter.limit == 16


def test_requests_are_spaced_below_the_rate_at_which_they_were_throttled() -> None:
    rate, waiting = RateLimiter(), within(60)
    with waiting:
        for _ in range(60):
            assert rate.wait()
            rate.succeeded()
            time.sleep(0.01)
        rate.throttled()
        started = time.monotonic()
        for _ in range(40):
            assert rate.wait()
            rate.succeeded()
        assert 0.3 < time.monotonic() - started < 2  # at most 90 a second


class Clock:
    """A clock for the rate limiter on which waiting takes no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        scope = SimpleNamespace(remaining=lambda: 1000.0, sleep=self._sleep)
        monkeypatch.setattr(rate_limiter, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(rate_limiter, "deadline", SimpleNamespace(current=lambda: scope))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def requests_in_a_second(self, rate: RateLimiter, *, interval: float = 0.0) -> int:
        """Send requests for a second, each of which takes `interval` seconds; return their number."""
        end, sent = self.now + 1, 0
        while self.now < end:
            assert rate.wait()
            rate.succeeded()
            self.now += interval
            sent += 1
        return sent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def throttled_at(clock: Clock, rate: RateLimiter, requests_a_second: int) -> None:
    for _ in range(2):
        clock.requests_in_a_second(rate, interval=1 / requests_a_second)
    rate.throttled()


def test_after_throttling_the_rate_grows_by_4_percent_and_then_twice_as_fast_each_second(clock: Clock) -> None:
    rate = RateLimiter()
    throttled_at(clock, rate, 200)
    first, *later = [clock.requests_in_a_second(rate) for _ in range(4)]
    assert 150 < first <= 180  # the last quarter of a second counts in full
    assert later == pytest.approx([first * 1.04, first * 1.04 * 1.08, first * 1.04 * 1.08 * 1.16], rel=0.02)


def test_the_growth_starts_again_at_4_percent_after_another_throttling(clock: Clock) -> None:
    rate = RateLimiter()
    throttled_at(clock, rate, 200)
    for _ in range(3):
        clock.requests_in_a_second(rate)
    rate.throttled()
    first = clock.requests_in_a_second(rate)
    second = clock.requests_in_a_second(rate)
    assert second == pytest.approx(first * 1.04, rel=0.03)


def test_an_unused_rate_does_not_grow(clock: Clock) -> None:
    rate = RateLimiter()
    throttled_at(clock, rate, 200)
    for _ in range(5):
        clock.requests_in_a_second(rate, interval=1 / 100)
    assert 150 < clock.requests_in_a_second(rate) <= 180


def test_throttling_within_a_third_of_a_second_lowers_the_rate_once(clock: Clock) -> None:
    rate = RateLimiter()
    throttled_at(clock, rate, 200)
    clock.now += 0.2
    rate.throttled()
    assert 150 < clock.requests_in_a_second(rate) <= 180  # a second reduction would leave 145


def is_unlimited(clock: Clock, rate: RateLimiter) -> bool:
    """Return whether the next requests are sent without waiting."""
    before = clock.now
    return all(rate.wait() for _ in range(50)) and clock.now == before


@pytest.mark.parametrize(("surely_too_fast", "seconds"), [(True, 0.3), (False, 2.0)])
def test_throttling_limits_the_rate_only_once_requests_were_sent_for_long_enough(
    clock: Clock, surely_too_fast: bool, seconds: float
) -> None:
    rate = RateLimiter()
    started = clock.now
    while clock.now < started + seconds - 0.1:
        assert rate.wait()
        rate.succeeded()
        clock.now += 0.01
    rate.throttled(surely_too_fast=surely_too_fast)
    assert is_unlimited(clock, rate)
    clock.now += 0.15
    rate.throttled(surely_too_fast=surely_too_fast)
    assert not is_unlimited(clock, rate)


def test_the_time_in_which_requests_were_sent_starts_again_after_a_pause(clock: Clock) -> None:
    rate = RateLimiter()
    clock.requests_in_a_second(rate, interval=0.01)
    clock.now += 10
    assert rate.wait()
    rate.throttled()
    assert is_unlimited(clock, rate)


def test_the_rate_limiter_does_not_wait_beyond_the_deadline() -> None:
    rate = RateLimiter()
    rate.wait()
    time.sleep(0.6)
    rate.throttled()  # before the first success: 9 a second
    with within(0.2):
        started = time.monotonic()
        assert [rate.wait() for _ in range(4)] == [True, True, False, False]
        assert time.monotonic() - started < 0.2


def test_most_of_a_rate_limit_is_used_and_few_calls_are_refused(http_client: str, sink: Sink) -> None:
    service = ContextService(Account(sink.url, KEY))
    sink.allow(200)
    seed(service, 300, "before")  # the limit is not known at first
    sink.counts()
    started = time.monotonic()
    seed(service, 300, "limited")
    seconds = time.monotonic() - started
    counts = sink.counts()
    sink.allow(0)
    assert counts.requests - counts.refused == 600
    assert 600 / seconds > 0.6 * 200  # `make bench` measures it over a longer time
    assert counts.refused < 0.2 * counts.requests


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running
