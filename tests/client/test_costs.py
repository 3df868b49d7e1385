"""Tests of the cost of seeding: requests, connections and bytes, as the server counts them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.sink import Sink
from pulumi_agbcontext.client import Account, ContextService

from .support import KEY, upload

pytestmark = pytest.mark.usefixtures("http_client")

CONTEXT = "SdkCtx-04ml3r7wphp8nq2la"
CALL = len(b"{}")


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def service(sink: Sink) -> ContextService:
    sink.counts()
    return ContextService(Account(sink.url, KEY, parallel_uploads=8))


def seed(service: ContextService, count: int, size: int) -> None:
    service.transfers.upload_many(CONTEXT, [upload(f"/{number}", bytes(size)) for number in range(count)])


def test_a_file_needs_two_requests_and_its_own_bytes(service: ContextService, sink: Sink) -> None:
    seed(service, 200, 4096)
    counts = sink.counts()
    assert counts.requests == 400
    assert counts.received == 200 * (CALL + 4096)


def test_a_large_file_is_sent_once(service: ContextService, sink: Sink) -> None:
    seed(service, 1, 5_000_001)
    counts = sink.counts()
    assert (counts.requests, counts.received) == (2, CALL + 5_000_001)


def test_no_more_connections_are_opened_than_files_are_in_flight(service: ContextService, sink: Sink) -> None:
    sink.delay(0.005)
    seed(service, 200, 10)
    sink.delay(0)
    assert 1 < sink.counts().connections <= 8


def test_connections_are_reused_from_one_seeding_to_the_next(service: ContextService, sink: Sink) -> None:
    seed(service, 50, 10)
    first = sink.counts()
    seed(service, 50, 10)
    second = sink.counts()
    assert (second.requests, second.received) == (100, 50 * (CALL + 10))
    # On a busy machine, the first run may have needed fewer than eight at once.
    assert first.connections + second.connections <= 8
