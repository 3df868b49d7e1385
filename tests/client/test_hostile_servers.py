"""Answers that no honest server gives: each is an error or the right answer, and never ends the client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from pulumi_agbcontext.client.http import HttpClient, NoAnswerError, open_client, protocol
from pulumi_agbcontext.messages import reasons

from .hostile import (
    MEGABYTE,
    Peer,
    always,
    answer,
    at_most,
    get,
    hostile_server,
    outcome,
    put,
    then,
)

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def client(http_client: str) -> Iterator[HttpClient]:
    opened = open_client(8, allow_insecure=False)
    yield opened
    opened.close()


# Interim answers, and answers that nobody asked for.


@pytest.mark.parametrize(
    "interim", [EARLY_HINTS, CONTINUE, PROCESSING, EARLY_HINTS + CONTINUE + PROCESSING, CONTINUE * 9]
)
def test_an_interim_answer_is_never_taken_for_the_answer(client: HttpClient, http_client: str, interim: bytes) -> None:
    def talk(peer: Peer) -> None:
        while head := peer.next_request():
            peer.send(interim)
            peer.send(answer(head.split()[1]))

    with hostile_server(talk) as server:
        for path in (b"/first", b"/second"):
            found = outcome(lambda path=path: get(client, server.url + path.decode()))  # type: ignore[misc]
            skipped = http_client == "libcurl" or not interim.replace(CONTINUE, b"")
            assert found == ((200, path) if skipped else reasons.ANSWERED_EARLY)
        assert [head.split()[1] for head in server.requests] == [b"/first", b"/second"]
        assert server.connections == (1 if skipped else 2)


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_an_answer_that_nobody_asked_for_is_not_given_to_the_next_request(client: HttpClient, pause: float) -> None:
    def talk(peer: Peer) -> None:
        while head := peer.next_request():
            first, second = answer(head.split()[1]), answer(b"smuggled")
            peer.send(first if pause else first + second)
            if pause:
                time.sleep(pause)
                peer.send(second)

    with hostile_server(talk) as server:
        for path in (b"/first", b"/second", b"/third"):
            assert get(client, server.url + path.decode()) == (200, path)
            time.sleep(pause * 2)
        assert len(server.requests) == 3
        assert server.connections == 3 or not pause


def test_interim_answers_without_end_are_given_up_at_the_deadline(client: HttpClient) -> None:
    def talk(peer: Peer) -> None:
        peer.next_request()
        while True:
            peer.send(CONTINUE * 1000)

    with hostile_server(talk) as server, at_most(4), pytest.raises(NoAnswerError):
        get(client, server.url, seconds=1)


# Answers to uploads that were not read.


def reset(peer: Peer) -> None:
    peer.reset()


def close(peer: Peer) -> None:
    peer.connection.close()


def stop_reading(peer: Peer) -> None:
    peer.stall()


EARLY_SUCCESSES = {
    "200": answer(),
    "200 with a body": answer(bytes(1000)),
    "200 with a body beyond what is read": answer(bytes(100_000)),
    "200 without length": b"HTTP/1.1 200 OK\r\n\r\n",
    "200 and close": answer(b"", "200 OK", "Connection: close"),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
}


@pytest.mark.parametrize("size", [MEGABYTE, 20 * MEGABYTE])
@pytest.mark.parametrize("end", [reset, close, stop_reading])
@pytest.mark.parametrize("success", EARLY_SUCCESSES)
def test_a_success_before_the_body_was_read_does_not_count_as_stored(
    client: HttpClient, success: str, end: Callable[[Peer], None], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "IDLE_SECONDS", 1)
    with hostile_server(then(EARLY_SUCCESSES[success], end)) as server, at_most(5):
        assert isinstance(outcome(lambda: put(client, server.url, size)), str)
        assert len(server.requests) == 1


@pytest.mark.parametrize("size", [MEGABYTE, 20 * MEGABYTE])
def test_a_success_before_the_request_does_not_count_as_stored(
    client: HttpClient, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "IDLE_SECONDS", 1)

    def talk(peer: Peer) -> None:
        peer.send(answer())
        peer.stall()

    with hostile_server(talk) as server, at_most(5):
        assert isinstance(outcome(lambda: put(client, server.url, size)), str)


def test_a_success_after_the_body_counts_as_stored(client: HttpClient) -> None:
    def talk(peer: Peer) -> None:
        for _ in range(2):
            peer.next_request()
            assert len(peer.read(20 * MEGABYTE)) == 20 * MEGABYTE
            peer.send(answer())

    with hostile_server(talk) as server:
        assert [put(client, server.url, 20 * MEGABYTE) for _ in range(2)] == [200, 200]
        assert server.connections == 1


# Refusals of uploads that were not read.


def read_on(peer: Peer) -> None:
    peer.discard()


@pytest.mark.parametrize("end", [read_on, stop_reading, close, reset])
def test_a_refusal_in_the_middle_of_an_upload_is_told_at_once(
    client: HttpClient, http_client: str, end: Callable[[Peer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "IDLE_SECONDS", 3)
    refusal = answer(b"<Error>expired</Error>", "403 Forbidden")
    with hostile_server(then(refusal, end)) as server, at_most(2 if http_client == "libcurl" else 5):
        found = outcome(lambda: put(client, server.url, 64 * MEGABYTE))
        assert found == 403 or (isinstance(found, str) and (end is reset or http_client == "requests"))
        assert len(server.requests) == 1


# Bodies and heads that are malformed, too short or too long.

MALFORMED = {
    "negative chunk": CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n",
    "chunk of 20 hex digits": CHUNKED + b"F" * 20 + b"\r\nabc\r\n0\r\n\r\n",
    "chunk that is no number": CHUNKED + b"xyz\r\nabc\r\n0\r\n\r\n",
    "chunks that end early": CHUNKED + b"5\r\nab",
    "body that ends early": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "header of 10 MB": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "100,000 headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"Content-Length: 0\r\n\r\n",
    "garbage": bytes(range(256)) * 10,
    "nothing": b"",
    "HTTP/0.9": b"<html>hello</html>",
}


@pytest.mark.parametrize("form", MALFORMED)
def test_a_malformed_answer_is_an_error(client: HttpClient, form: str) -> None:
    with hostile_server(then(MALFORMED[form], close)) as server, at_most(5):
        with pytest.raises(NoAnswerError):
            get(client, server.url)
        assert server.requests[0].startswith(b"GET / HTTP/1.1\r\n")


def test_a_status_that_does_not_exist_is_no_success(client: HttpClient) -> None:
    with hostile_server(always(answer(b"", "99999 X"))) as server:
        found = outcome(lambda: get(client, server.url))
        assert isinstance(found, str) or found == (999, b"")


AMBIGUOUS = {
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
    "length and chunks": CHUNKED[:-2] + b"Content-Length: 2\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "length in a list": b"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("form", AMBIGUOUS)
def test_an_ambiguous_answer_is_an_error_or_read_whole(client: HttpClient, form: str) -> None:
    def talk(peer: Peer) -> None:
        peer.next_request()
        peer.send(AMBIGUOUS[form])
        if form == "negative length":
            peer.connection.close()
        while peer.next_request():
            peer.send(answer(b"next"))

    with hostile_server(talk) as server:
        found = outcome(lambda: get(client, server.url, seconds=2))
        assert found == (200, b"abc") or isinstance(found, str)
        assert form != "no reason" or found == (200, b"abc")
