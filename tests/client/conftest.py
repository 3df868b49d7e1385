from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_agbcontext.client import Account, Context, ContextService, connect, retry
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, LoggedCall, call_log


@pytest.fixture(autouse=True)
def full_budget() -> Iterator[None]:
    """Repeats are paid from a budget of the process: no test pays for another one's faults."""
    retry.budget.reset()
    yield
    retry.budget.reset()


@pytest.fixture
def service(agb_server: LocalServer) -> ContextService:
    return connect(Account(agb_server.url, KEY, timeout=20))


@pytest.fixture
def context(service: ContextService) -> Context:
    found = service.create("workspace").context
    assert found is not None
    return found


@pytest.fixture
def quick_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses before repeats are random up to half a second; where only their number matters they need not be."""
    monkeypatch.setattr(retry, "_FIRST_PAUSE", 0.002)


@pytest.fixture
def calls() -> Iterator[list[LoggedCall]]:
    with call_log() as lines:
        yield lines
