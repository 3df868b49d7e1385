"""Tests of what both HTTP libraries share: failures, deadlines, addresses of requests, and the limit of a response."""

from __future__ import annotations

import socket
import ssl
import time

import pytest
import urllib3

from pulumi_agbcontext.client.http import Collector, NoAnswerError
from pulumi_agbcontext.client.http.deadline import Deadline, within
from pulumi_agbcontext.client.http.failures import translated
from pulumi_agbcontext.client.http.protocol import (
    Blocks,
    connect_seconds,
    encoded,
    open_scope,
    origin_of,
    outlasts_the_head,
)
from pulumi_agbcontext.messages import causes


def _caused_by(cause: Exception) -> Exception:
    error = ValueError("https://user:password@host/")
    error.__cause__ = cause
    return error


def _tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError("https://host/")
    error.reason = reason
    return error


def _rejected_certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("https://host/")
    error.verify_message = "self-signed certificate"
    return error


RESET = causes.broken_connection("Connection reset by peer")
FAILURES = {
    "certificate": (_rejected_certificate(), causes.bad_certificate("self-signed certificate"), False),
    "no TLS": (_tls("WRONG_VERSION_NUMBER"), causes.NO_TLS, False),
    "no TLS record": (_tls("RECORD_LAYER_FAILURE"), causes.NO_TLS, False),
    "another TLS error": (_tls("BAD_RECORD"), causes.broken_connection("SSLError"), True),
    "unknown host": (socket.gaierror(-2, "Name or service not known"), causes.UNKNOWN_HOST, True),
    "timeout": (TimeoutError("timed out"), causes.OUT_OF_TIME, True),
    "reset": (ConnectionResetError(104, "Connection reset by peer"), RESET, True),
    "reset without a text": (ConnectionResetError(), causes.broken_connection("ConnectionResetError"), True),
    "malformed response": (ValueError("https://host/?signature=x"), causes.broken_connection("ValueError"), True),
    "error with a cause": (_caused_by(TimeoutError("timed out")), causes.OUT_OF_TIME, True),
    "error in the arguments": (urllib3.exceptions.ProtocolError("x", TimeoutError()), causes.OUT_OF_TIME, True),
}


@pytest.mark.parametrize(("error", "cause", "retryable"), FAILURES.values(), ids=FAILURES)
def test_an_exception_of_a_library_becomes_a_failure_without_its_text(
    error: Exception, cause: str, retryable: bool
) -> None:
    failure = translated(error)
    assert (failure.cause, failure.retryable, str(failure)) == (cause, retryable, cause)


def test_no_exchange_begins_after_the_deadline() -> None:
    with within(0), pytest.raises(NoAnswerError) as raised:
        open_scope()
    assert (raised.value.cause, raised.value.retryable) == (causes.OUT_OF_TIME, False)
    with within(1) as scope:
        assert open_scope() is scope


def test_connecting_takes_at_most_ten_seconds_and_the_remaining_time() -> None:
    assert connect_seconds(Deadline(60)) == 10
    assert 0.4 < connect_seconds(Deadline(0.5)) <= 0.5
    assert connect_seconds(Deadline(-1)) == 0.001  # libcurl would take 0 as its default


def test_a_deadline_is_shortened_extended_and_never_outlasts_an_outer_one() -> None:
    deadline = Deadline(10, Deadline(30))
    deadline.limit(20)
    assert 9 < deadline.remaining() <= 10
    deadline.limit(5)
    assert 4 < deadline.remaining() <= 5
    deadline.extend(2)
    assert 6 < deadline.remaining() <= 7
    deadline.extend(60)
    assert 29 < deadline.remaining() <= 30


@pytest.mark.parametrize(("deadline", "seconds"), [(60, 0.3), (0.3, 60)], ids=["its time", "the deadline"])
def test_a_sleep_ends_after_its_time_or_at_the_deadline(deadline: float, seconds: float) -> None:
    started = time.monotonic()
    Deadline(deadline).sleep(seconds)
    assert 0.3 <= time.monotonic() - started < 1.2


@pytest.mark.parametrize(
    ("body", "outlasts"),
    [(None, False), (b"", False), (bytes(16 * 1024), False), (bytes(16 * 1024 + 1), True), (Blocks(1, iter([])), True)],
)
def test_only_a_small_body_arrives_together_with_the_headers(body: bytes | Blocks | None, outlasts: bool) -> None:
    assert outlasts_the_head(body) is outlasts


def test_a_url_is_encoded_only_where_it_is_not_ascii() -> None:
    assert encoded("https://host/a%2Fb c?x=~%20&y") == "https://host/a%2Fb c?x=~%20&y"
    assert encoded("https://host/é/%2F?x=~&y=+") == "https://host/%C3%A9/%2F?x=~&y=+"


@pytest.mark.parametrize("rest", ["", "/", "/a/b?c=d://e", "?a=b/c", "/a?b"])
def test_the_origin_of_a_url_is_its_scheme_host_and_port(rest: str) -> None:
    assert origin_of(f"https://host:8443{rest}") == "https://host:8443"


def test_a_collector_stops_at_its_limit_over_all_chunks() -> None:
    collector = Collector(5)
    assert collector.receive(b"abc")
    assert collector.receive(b"de")
    assert (collector.content, collector.truncated) == (b"abcde", False)
    assert not collector.receive(b"f")
    assert (collector.content, collector.truncated) == (b"abcde", True)
