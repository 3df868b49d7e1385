from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.client.http import HttpClient, open_client, retry_policy
from pulumi_agbcontext.testing.server import LocalServer
from tests.conftest import LIBRARIES

from .support import KEY, LoggedCall, call_log

MATRIX = Path(__file__).with_name("test_fault_matrix.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run each cell of the fault matrix with alternating HTTP libraries; `make test-long` runs the other half."""
    played: dict[str, str] = {}
    for item in items:
        if item.path == MATRIX and isinstance(item, pytest.Function) and "http_client" in item.callspec.params:
            library = item.callspec.params["http_client"]
            cell = item.nodeid.replace(library, "")
            if played.setdefault(cell, LIBRARIES[len(played) % 2]) != library:
                item.add_marker(pytest.mark.long)


@pytest.fixture
def client(http_client: str) -> Iterator[HttpClient]:
    opened = open_client(8, allow_insecure=False)
    yield opened
    opened.close()


@pytest.fixture
def service(agb_server: LocalServer) -> ContextService:
    return ContextService(Account(agb_server.url, KEY, timeout=20))


@pytest.fixture
def context(service: ContextService) -> Context:
    found = service.create("workspace").context
    assert found is not None
    return found


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses before retries, which are random and up to half a second, where only their number matters."""
    monkeypatch.setattr(retry_policy, "_FIRST_PAUSE", 0.002)


@pytest.fixture
def calls() -> Iterator[list[LoggedCall]]:
    with call_log() as lines:
        yield lines
