"""What the whole suite says of itself."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import pytest

from .warm import Nursery, warm_starts


@pytest.fixture(scope="session")
def _nursery() -> Iterator[Nursery | None]:
    if sys.platform != "linux":  # only there can the worker be the parent of what another process forked
        yield None
        return
    nursery = Nursery()
    yield nursery
    nursery.stop()


@pytest.fixture(autouse=True)
def _warm_starts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Processes start warm, unless a test is about how they start, or is `long` and so in no hurry."""
    cold = any(request.node.get_closest_marker(name) for name in ("cold", "long"))
    nursery = None if cold else request.getfixturevalue("_nursery")
    if nursery is None:
        yield
        return
    with warm_starts(nursery):
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly on which engines the suite ran."""
    if cli := shutil.which("pulumi"):
        terminalreporter.write_line(f"real engine: tests marked pulumi_cli ran on {cli}")
    else:
        terminalreporter.write_line(
            "NOT RUN ON THE REAL ENGINE: there is no `pulumi` on PATH; only the test engine was used",
            yellow=True,
            bold=True,
        )
