"""pytest fixtures for testing a stack of contexts without a cloud account, an API key or the Pulumi CLI.

pytest loads this plugin in every environment with this package. Its functions therefore import modules on demand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi import automation

    from pulumi_agbcontext.testing.engine.stack import Stack
    from pulumi_agbcontext.testing.server import LocalServer


@pytest.fixture(scope="session")
def _agb_session_server() -> Iterator[LocalServer]:
    from pulumi_agbcontext.testing.server import LocalServer

    with LocalServer() as server:
        yield server


@pytest.fixture
def agb_server(_agb_session_server: LocalServer) -> Iterator[LocalServer]:
    """Local Context API, empty and with the default behavior. A bug in the server fails the test.

    All tests of a process share one server. The fixture sets no environment variables. Use `agb_server.url`.
    """
    _agb_session_server.reset()
    yield _agb_session_server
    _agb_session_server.check()


@pytest.fixture
def agb_engine() -> str:
    """Engine of `agb_stack`: `test` for the test engine, or `cli` for the Pulumi CLI.

    To run a test on both engines, use `@pytest.mark.parametrize("agb_engine", ["test", "cli"])`. The test is skipped on
    the CLI if `pulumi` is not on PATH.
    """
    return "test"


@pytest.fixture
def agb_api_key() -> str:
    """API key of `agb_stack`, which selects the account of its contexts in `agb_server`."""
    return "key-of-a-test"


@pytest.fixture
def agb_stack(
    agb_server: LocalServer, agb_engine: str, agb_api_key: str, tmp_path: Path
) -> Callable[..., Stack | automation.Stack]:
    """Function that opens a stack of a Pulumi program and configures it to use `agb_server`.

    Its arguments are the directory that contains `Pulumi.yaml` and, optionally, the name of the stack and configuration
    values by key. A reopened stack keeps its state and configuration, which are stored in the temporary directory of
    the test. The Pulumi CLI runs a copy of the program in that directory. Opening the stack replaces the copy.
    """

    def open_stack(
        work_dir: str | Path, name: str = "dev", config: dict[str, str] | None = None
    ) -> Stack | automation.Stack:
        stack = _open_stack(Path(work_dir), name, agb_engine, tmp_path)
        stack.set_config("agbcontext:endpoint", ConfigValue(agb_server.url))
        stack.set_config("agbcontext:apiKey", ConfigValue(agb_api_key, secret=True))
        for key, value in (config or {}).items():
            stack.set_config(key, ConfigValue(value))
        return stack

    from pulumi.automation import ConfigValue

    return open_stack


def _open_stack(work_dir: Path, name: str, engine: str, scratch: Path) -> Stack | automation.Stack:
    from pulumi_agbcontext.testing.engine.real import copy_project, find_cli, open_real_stack
    from pulumi_agbcontext.testing.engine.stack import Stack

    passphrase = "a passphrase for tests"  # noqa: S105 it protects no real secret, and sharing it avoids key derivations
    directory = scratch / f"{work_dir.resolve().name}-{sha256(os.fsencode(work_dir.resolve())).hexdigest()[:8]}"
    if engine == "test":
        return Stack(work_dir, name, state=directory / f"{name}.json", passphrase=passphrase)
    if find_cli() is None:
        pytest.skip("`pulumi` is not on PATH")
    return open_real_stack(copy_project(work_dir, directory / "project"), name, scratch, passphrase)
