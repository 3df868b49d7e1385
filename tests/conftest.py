"""Fixtures and hooks for the whole suite."""

from __future__ import annotations

import gc
import shutil
import signal
import sys
from collections.abc import Iterator

import pytest

from .fork_server import ForkServer, forked_starts

LIBRARIES = ["libcurl", "urllib3"]


@pytest.fixture(params=LIBRARIES)
def http_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with each HTTP library."""
    name: str = request.param
    if name == "libcurl":
        pytest.importorskip("pycurl")
    monkeypatch.setenv("AGB_HTTP_CLIENT", name)
    return name


@pytest.fixture(scope="session")
def _fork_server() -> Iterator[ForkServer | None]:
    if sys.platform != "linux":  # only Linux lets the worker adopt the processes that another process has forked
        yield None
        return
    server = ForkServer()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _forked_starts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fork providers and programs, unless a test covers their start or is marked `long`."""
    cold = any(request.node.get_closest_marker(name) for name in ("cold", "long"))
    server = None if cold else request.getfixturevalue("_fork_server")
    if server is None:
        yield
        return
    with forked_starts(server):
        yield


def pytest_configure() -> None:
    """Let Ctrl-C end the processes that tests start, even if the shell runs the suite in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # which processes inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Exclude the tests themselves from garbage collection, which otherwise visits them again and again."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report prominently on which engines the suite ran."""
    if cli := shutil.which("pulumi"):
        terminalreporter.write_line(f"Pulumi CLI: tests marked pulumi_cli ran on {cli}")
    else:
        terminalreporter.write_line(
            "NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH, so only the test engine was used",
            yellow=True,
            bold=True,
        )
