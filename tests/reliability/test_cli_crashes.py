"""`kill -9` of the real engine: after `pulumi cancel`, the next `up` converges without a hand on the state."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest
from pulumi.automation import CommandError

from tests.resources.conftest import CLI, KEY, Project, engine, project

from .tally import count
from .test_crashes import processes_in, wait_until

__all__ = ["engine", "project"]  # fixtures

ROW = "crash points: `kill -9` of the Pulumi CLI, then `pulumi cancel`"
FILES = {f"/{number}": f"content {number}" for number in range(12)}
ON_THE_CLI = pytest.mark.parametrize("engine", [pytest.param("cli", marks=pytest.mark.pulumi_cli)], indirect=True)


@pytest.fixture
def orphans(project: Project) -> Iterator[None]:
    """End what a killed CLI has left."""
    yield
    for process in processes_in(project.folder):
        os.kill(process, signal.SIGKILL)


@ON_THE_CLI
@pytest.mark.usefixtures("orphans")
@pytest.mark.parametrize("requests", [12, pytest.param(2, marks=pytest.mark.long)])
def test_after_a_killed_cli_and_pulumi_cancel_the_next_up_converges(project: Project, requests: int) -> None:
    project.program(f"agb.Context('data', files={FILES!r})")
    stack = project.stack()
    project.server.behave(latency=0.02)
    environment = {**os.environ, **project._cli_environment()}
    command = [str(CLI), "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"]
    process = subprocess.Popen(command, cwd=project.folder, env=environment, stdout=subprocess.DEVNULL)
    wait_until(lambda: len(project.server.requests) >= requests or process.poll() is not None)
    process.kill()
    process.wait()
    with pytest.raises(CommandError, match="pulumi cancel"):
        stack.up()
    subprocess.run(
        [str(CLI), "cancel", "--yes", "--stack", "dev"], cwd=project.folder, env=environment, check=True, timeout=60
    )
    stack.up()
    [name] = project.contexts
    assert project.server.files(KEY, project.contexts[name]) == {p: text.encode() for p, text in FILES.items()}
    project.settle()
    count(ROW)
