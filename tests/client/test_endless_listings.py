"""Tests that a listing and a download end even if the server sends endless responses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.api import listing
from pulumi_agbcontext.client.transfer import transfers

from .hostile import Peer, Talk, answer, at_most, hostile_server
from .support import KEY

pytestmark = pytest.mark.usefixtures("http_client")

PAGES = 20


@pytest.fixture(autouse=True)
def few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert listing._MOST_PAGES == 2000
    monkeypatch.setattr(listing, "_MOST_PAGES", PAGES)


def numbered(make: Callable[[int], dict[str, object]], pause: float = 0.0) -> Talk:
    def pages() -> Iterator[bytes]:
        number = 0
        while True:
            number += 1
            time.sleep(pause)
            yield answer(json.dumps({"success": True, **make(number)}).encode())

    content = pages()

    def talk(peer: Peer) -> None:
        while head := peer.next_request():
            if head.startswith(b"POST"):
                peer.read(2)
            peer.send(next(content))

    return talk


def new_file(number: int) -> dict[str, object]:
    return {"data": [{"filePath": f"/{number}", "fileType": "file", "size": 1}]}


def new_token(number: int) -> dict[str, object]:
    return {"data": [{"id": f"SdkCtx-{number}"}], "nextToken": f"t{number}"}


def files(service: ContextService) -> object:
    return service.list_all_files("SdkCtx-1")


def contexts(service: ContextService) -> object:
    return list(service.list_all())


LISTINGS = pytest.mark.parametrize(("make", "read"), [(new_file, files), (new_token, contexts)])


@LISTINGS
def test_an_endless_listing_is_abandoned_after_a_number_of_pages(
    make: Callable[[int], dict[str, object]], read: Callable[[ContextService], object]
) -> None:
    with hostile_server(numbered(make)) as server:
        with pytest.raises(errors.UnreachableError, match="more than 2,000 pages"):
            read(ContextService(Account(server.url, KEY)))
        assert len(server.requests) == PAGES


@LISTINGS
def test_a_slow_listing_has_one_deadline(
    make: Callable[[int], dict[str, object]],
    read: Callable[[ContextService], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "_SECONDS_PER_PAGE", 0.05)
    with hostile_server(numbered(make, pause=0.2)) as server, at_most(3):
        with pytest.raises(errors.UnreachableError, match="before the timeout"):
            read(ContextService(Account(server.url, KEY, timeout=1)))
        assert 3 <= len(server.requests) < PAGES


def test_a_slow_reader_of_a_listing_does_not_use_up_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_SECONDS_PER_PAGE", 0.0)
    last = 4

    def make(number: int) -> dict[str, object]:
        return {**new_token(number), "nextToken": "" if number == last else f"t{number}"}

    with hostile_server(numbered(make)) as server:
        found = 0
        for _ in ContextService(Account(server.url, KEY, timeout=0.5)).list_all():
            found += 1
            time.sleep(0.3)
    assert found == last


def endless_file(peer: Peer) -> None:
    """Serve URLs of this server and an endless file."""
    while head := peer.next_request():
        if head.startswith(b"POST"):
            peer.read(2)
            peer.send(
                answer(json.dumps({"success": True, "data": {"url": f"http://127.0.0.1:{peer.port}/file"}}).encode())
            )
            continue
        peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            peer.send(bytes(1 << 16))


def test_the_digest_of_an_endless_file_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    assert transfers.LARGEST == 64 << 30
    monkeypatch.setattr(transfers, "LARGEST", 1 << 20)
    with hostile_server(endless_file) as server:
        service = ContextService(Account(server.url, KEY, timeout=10))
        with pytest.raises(errors.FileTooLargeError, match="larger than"):
            service.transfers.digest("SdkCtx-1", "/endless")
