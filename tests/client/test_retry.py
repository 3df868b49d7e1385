"""Tests of the retry layer: pauses, `Retry-After`, the retry budget of the process, and its limits."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.client.api.error_codes import FailureKind, classify
from pulumi_agbcontext.client.http import NoAnswerError, retry_policy
from pulumi_agbcontext.client.http.concurrency_limiter import ConcurrencyLimiter
from pulumi_agbcontext.client.http.retry_policy import RetryBudget, RetryPolicy, retry_after
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, count


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("86400", None),
        ("1e300", None),
        ("soon", None),
        ("", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    ],
)
def test_a_plausible_retry_after_is_used(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_retry_after_with_a_date_means_the_time_until_then() -> None:
    wait = retry_after(formatdate(time.time() + 30, usegmt=True))
    assert wait is not None
    assert 28 < wait <= 30


@settings(deadline=None)
@given(st.text())
def test_no_retry_after_header_is_fatal(header: str) -> None:
    wait = retry_after(header)
    assert wait is None or 0 <= wait < 86_400


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for(
    agb_server: LocalServer, service: ContextService, context: Context, form: str
) -> None:
    header = "1" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)
    agb_server.fault("ListContexts", "status", status=429, headers={"Retry-After": header})
    started = time.monotonic()
    service.list()
    assert 0.9 <= time.monotonic() - started < 5
    assert count(agb_server, "ListContexts") == 2


def test_a_wait_beyond_the_deadline_is_not_started_and_the_error_states_its_length(agb_server: LocalServer) -> None:
    agb_server.fault("ListContexts", "status", times=9, status=429, headers={"Retry-After": "3600"})
    started = time.monotonic()
    with pytest.raises(errors.ThrottledError, match="in 3600 s") as caught:
        ContextService(Account(agb_server.url, KEY, timeout=20)).list()
    assert time.monotonic() - started < 4
    assert count(agb_server, "ListContexts") == 1
    assert caught.value.retry_after == 3600


def test_retries_end_with_the_deadline_of_the_call(agb_server: LocalServer) -> None:
    agb_server.fault("ListContexts", "status", times=9, status=503, headers={"Retry-After": "1.2"})
    started = time.monotonic()
    with pytest.raises(errors.UnreachableError):
        ContextService(Account(agb_server.url, KEY, timeout=2)).list()
    assert time.monotonic() - started < 4
    assert count(agb_server, "ListContexts") == 2


def test_pauses_are_spread_over_the_whole_interval_and_grow() -> None:
    first = [retry_policy._pause(1) for _ in range(2000)]
    second = [retry_policy._pause(2) for _ in range(2000)]
    assert min(first) < 0.02
    assert 0.45 < max(first) <= 0.5
    assert 0.9 < max(second) <= 1.0


def test_a_retry_budget_is_spent_by_retries_and_refilled_by_a_tenth_for_each_success() -> None:
    budget = RetryBudget(capacity=2, refill=0.1)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    for _ in range(9):
        budget.give_back()
    assert not budget.take()
    for _ in range(2):
        budget.give_back()
    assert budget.take()


def test_a_total_outage_multiplies_requests_by_at_most_one_tenth(
    agb_server: LocalServer, service: ContextService, quick_retries: None
) -> None:
    agb_server.fault("*", "status", times=1_000_000, status=503)
    calls = 600

    def fails(_: int) -> None:
        with pytest.raises(errors.UnreachableError):
            service.list()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fails, range(calls)))
    assert calls < len(agb_server.requests) <= 1.1 * calls


def test_retries_resume_after_an_outage(
    agb_server: LocalServer, service: ContextService, context: Context, quick_retries: None
) -> None:
    while service.policy.budget.take():
        pass
    agb_server.fault("GetContext", "status", occurrence=30)
    for _ in range(29):
        service.get(context_id=context.id)
    service.get(context_id=context.id)
    assert count(agb_server, "GetContext") == 1 + 31


def test_a_server_that_is_down_is_named_in_the_error() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # keeps other processes from using the port
        port = silent.getsockname()[1]
        with pytest.raises(errors.UnreachableError) as caught:
            ContextService(Account(f"http://127.0.0.1:{port}", KEY)).get("agents")
    assert f"http://127.0.0.1:{port}" in str(caught.value)
    assert "refused" in str(caught.value)


def test_a_host_that_does_not_exist_is_named_in_the_error() -> None:
    with pytest.raises(errors.UnreachableError, match="cannot be resolved"):
        ContextService(Account("https://nowhere.invalid", KEY, timeout=20)).list()


def test_a_request_that_is_never_retried_succeeds_after_the_server_closed_the_idle_connection(
    service: ContextService, agb_server: LocalServer, context: Context
) -> None:
    service.list()
    time.sleep(5.5)  # longer than the server keeps an idle connection
    before = count(agb_server, "GetContext")
    service.create("after a while")
    assert count(agb_server, "GetContext") == before + 1


def test_an_operation_that_must_not_be_retried_is_attempted_once(quick_retries: None) -> None:
    attempts: list[int] = []
    policy = RetryPolicy(ConcurrencyLimiter(1))

    def fail(number: int) -> None:
        attempts.append(number)
        raise errors.AGBError("No.", retryable=True)

    with pytest.raises(errors.AGBError):
        policy.run(fail, idempotent=False)
    assert attempts == [1]
    attempts.clear()
    with pytest.raises(errors.AGBError):
        policy.run(fail)
    assert attempts == [1, 2, 3]


NO_ANSWER = NoAnswerError("cut off", retryable=True)
FORBIDDEN = NoAnswerError("link-local", retryable=False)


@pytest.mark.parametrize(
    ("status", "code", "exception", "kind"),
    [
        (429, "", None, FailureKind.THROTTLED),
        *((status, "Throttling.User", None, FailureKind.THROTTLED) for status in (200, 400, 401, 403, 404, 500, 503)),
        (400, "ThrottlingException", None, FailureKind.THROTTLED),
        *((status, "InternalError", None, FailureKind.TRANSIENT) for status in (200, 400, 401, 403, 404, 409, 500)),
        *((status, "", None, FailureKind.TRANSIENT) for status in (408, 500, 502, 503, 504)),
        (200, "System.Busy", None, FailureKind.TRANSIENT),
        (None, "", NO_ANSWER, FailureKind.TRANSIENT),
        (None, "", FORBIDDEN, FailureKind.REJECTED),
        (401, "", None, FailureKind.REFUSED_KEY),
        (200, "InvalidApiKey", None, FailureKind.REFUSED_KEY),
        (403, "Context.NotFound", None, FailureKind.REFUSED_KEY),
        (404, "Context.NotFound", None, FailureKind.ABSENT),
        (200, "context_not_found", None, FailureKind.ABSENT),
        (500, "Context.NotFound", None, FailureKind.TRANSIENT),
        (404, "", None, FailureKind.REJECTED),
        (404, "File.NotFound", None, FailureKind.REJECTED),
        (400, "InvalidParameter.Throttling", None, FailureKind.REJECTED),
        (400, "Region.Unavailable", None, FailureKind.REJECTED),
    ],
)
def test_every_failure_has_one_meaning(
    status: int | None, code: str, exception: NoAnswerError | None, kind: FailureKind
) -> None:
    assert classify(status, code, exception) is kind


def test_throttled_calls_are_retried_until_the_deadline_without_using_the_retry_budget(
    agb_server: LocalServer, service: ContextService, context: Context, quick_retries: None
) -> None:
    agb_server.fault("GetContext", "status", times=6, status=429)
    assert service.get(context_id=context.id).context_id == context.id
    assert service.policy.budget.take()


def test_a_call_that_is_always_throttled_ends_at_its_deadline_as_throttled(agb_server: LocalServer) -> None:
    agb_server.fault("ListContexts", "status", times=1000, status=429)
    started = time.monotonic()
    with pytest.raises(errors.ThrottledError, match="parallelUploads"):
        ContextService(Account(agb_server.url, KEY, timeout=3)).list()
    assert time.monotonic() - started < 5
    assert count(agb_server, "ListContexts") < 40


def test_other_failures_do_not_reduce_the_twenty_attempts_of_throttled_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retry_policy, "_FIRST_PAUSE", 0.0)
    limiter = ConcurrencyLimiter(1)
    monkeypatch.setattr(limiter, "throttled", lambda: None)  # so that the rate limiter does not wait
    failures = [errors.UnreachableError("down", retryable=True) for _ in range(2)]
    attempts: list[int] = []

    def attempt(number: int) -> None:
        attempts.append(number)
        raise failures.pop() if failures else errors.ThrottledError("slow down", retryable=True, retry_after=0.0)

    with pytest.raises(errors.ThrottledError):
        RetryPolicy(limiter).run(attempt)
    assert attempts == list(range(1, 23))


def test_two_services_do_not_share_a_budget(agb_server: LocalServer) -> None:
    one, other = (ContextService(Account(agb_server.url, key)) for key in ("one", "other"))
    while one.policy.budget.take():
        pass
    assert other.policy.budget.take()
