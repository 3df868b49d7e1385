"""Tests of `kill -9` on the Pulumi CLI: after `pulumi cancel`, the next `up` converges without manual state edits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi.automation import CommandError

from tests.holding import holds
from tests.resources.conftest import CLI, KEY, Project, engine, project

from .tally import count
from .test_crashes import processes_in, wait_until

__all__ = ["engine", "project"]  # fixtures

ROW = "crash points: `kill -9` of the Pulumi CLI, then `pulumi cancel`"
FILES = {f"/{number}": f"content {number}" for number in range(12)}
CONTENTS = {path: text.encode() for path, text in FILES.items()}
ON_THE_CLI = [
    pytest.mark.parametrize("engine", [pytest.param("cli", marks=pytest.mark.pulumi_cli)], indirect=True),
    pytest.mark.timeout(300),  # each command of the CLI takes seconds
]
PROGRAMS = {
    "dynamic": "agb.Context('data', files={files}, clear_triggers=[{trigger!r}])",
    "plugin": """
        files = {{path: pulumi.StringAsset(text) for path, text in {files}.items()}}
        pulumi.CustomResource("agbcontext:index:Context", "data", {{"files": files, "clearTriggers": [{trigger!r}]}})
    """,
}
pytestmark = [*ON_THE_CLI, pytest.mark.parametrize("adapter", PROGRAMS), pytest.mark.usefixtures("orphans")]


@pytest.fixture
def orphans(project: Project) -> Iterator[None]:
    """End the processes that a killed CLI has left."""
    yield
    for process in processes_in(project.directory):
        os.kill(process, signal.SIGKILL)


def declare(project: Project, adapter: str, trigger: str) -> None:
    """Write the project's program."""
    settings = {
        "name": "shop",
        "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
        "plugins": {"providers": [{"name": "agbcontext", "path": str(Path(sys.executable).parent)}]},
    }
    project.write("Pulumi.yaml", json.dumps(settings))
    project.program(PROGRAMS[adapter].format(files=FILES, trigger=trigger))


def kill_after(project: Project, requests: int) -> None:
    """Run `up`, kill the CLI after a number of requests, then unlock the stack."""
    since = len(project.server.requests)
    environment = {**os.environ, **project._cli_environment()}
    command = [str(CLI), "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"]
    process = subprocess.Popen(command, cwd=project.directory, env=environment, stdout=subprocess.DEVNULL)
    wait_until(lambda: len(project.server.requests) - since >= requests or process.poll() is not None)
    assert process.poll() is None, "the command ended before it was killed"
    process.kill()
    process.wait()
    with pytest.raises(CommandError, match="pulumi cancel"):
        project.stack().up()
    subprocess.run(
        [str(CLI), "cancel", "--yes", "--stack", "dev"], cwd=project.directory, env=environment, check=True, timeout=60
    )


def converges(project: Project) -> None:
    """Require that the next `up` deploys the program and that the `up` after it has nothing to do."""
    project.stack().up()
    [name] = project.contexts
    assert holds(project.server, KEY, project.contexts[name]) == CONTENTS
    project.settle()
    count(ROW)


@pytest.mark.parametrize("requests", [12, pytest.param(2, marks=pytest.mark.long)])
def test_after_a_killed_cli_and_pulumi_cancel_the_next_up_converges(
    project: Project, adapter: str, requests: int
) -> None:
    declare(project, adapter, "v1")
    project.stack()
    project.server.behave(latency=0.02)
    kill_after(project, requests)
    converges(project)


def test_a_replacement_interrupted_with_the_cli_is_continued(project: Project, adapter: str) -> None:
    declare(project, adapter, "v1")
    project.stack().up()
    [before] = project.contexts.values()
    declare(project, adapter, "v2")
    project.server.behave(latency=0.02)
    since = len(project.server.requests)
    kill_after(project, 20)
    asked = [record.operation for record in project.server.requests[since:]]
    assert "DeleteContext" in asked
    assert "Upload" in asked
    converges(project)
    assert before not in project.contexts.values()
