"""Tests that the state is correct and that no process remains, however a command ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import real_environment
from pulumi_agbcontext.testing.server import LocalServer
from tests.processes import started

from .conftest import Workshop
from .engines import PASSPHRASE


def _up_in_a_process(workshop: Workshop) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pulumi_agbcontext.testing", "up", ".", "--skip-preview"],
        cwd=workshop.directory,
        env={**os.environ, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the condition was not met in time"
        time.sleep(0.02)


def _processes_in(directory: Path) -> list[str]:
    """Return the command lines of all processes whose working directory is a given one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == directory:
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_up_finishes_running_operations_and_starts_no_others(
    workshop: Workshop, number: signal.Signals
) -> None:
    workshop.program("a = Box('a', label='a', seconds=1.5); Box('b', label=a.id)")
    child = _up_in_a_process(workshop)
    _wait_for(lambda: workshop.events("create"))
    child.send_signal(number)
    output, _ = child.communicate(timeout=30)
    assert child.returncode != 0
    assert "interrupted" in output
    assert workshop.labels == ["a"]
    resources = workshop.stack().export_stack().deployment["resources"]
    assert [resource["urn"].rsplit("::", 1)[1] for resource in resources] == ["boxes-dev", "default", "a"]
    assert _processes_in(workshop.directory) == []


def test_a_second_interrupt_records_pending_operations(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a', seconds=60)")
    child = _up_in_a_process(workshop)
    _wait_for(lambda: workshop.events("create"))
    child.send_signal(signal.SIGINT)
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)
    assert child.returncode == 130
    pending = workshop.stack().export_stack().deployment["pending_operations"]
    assert [(operation["type"], operation["resource"]["urn"][-3:]) for operation in pending] == [("creating", "::a")]
    assert _processes_in(workshop.directory) == []
    workshop.program("Box('a', label='a')")
    assert "interrupted while creating" in workshop.stack().up().stdout


def test_a_program_that_does_not_end_is_killed(workshop: Workshop) -> None:
    workshop.program("import time; time.sleep(100)")
    started = time.monotonic()
    with pytest.raises(CommandError, match="did not end within the time limit"):
        Stack(workshop.directory, passphrase=PASSPHRASE, timeout=3).up()
    assert time.monotonic() - started < 15
    assert _processes_in(workshop.directory) == []


def test_a_provider_that_does_not_respond_is_killed(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a', seconds=100)")
    with pytest.raises(CommandError, match="did not respond within the deployment's time limit"):
        Stack(workshop.directory, passphrase=PASSPHRASE, timeout=4).up()
    assert _processes_in(workshop.directory) == []


def test_a_program_that_continues_after_a_failure_is_killed(workshop: Workshop) -> None:
    workshop.program("import threading; Box('a', label='cursed'); threading.Timer(60, print).start()")
    started = time.monotonic()
    with pytest.raises(CommandError, match="this box cannot be made"):
        workshop.stack().up()
    assert time.monotonic() - started < 30
    assert _processes_in(workshop.directory) == []


def test_two_commands_at_once_on_one_stack_are_refused(workshop: Workshop) -> None:
    workshop.program("Box('a', label='a', seconds=2)")
    child = _up_in_a_process(workshop)
    _wait_for(lambda: workshop.events("create"))
    with pytest.raises(CommandError, match="the stack is currently locked"):
        workshop.stack().up()
    assert child.wait(30) == 0
    child.communicate()


def test_a_provider_that_dies_fails_its_operation_and_nothing_else(workshop: Workshop) -> None:
    workshop.program("a = Box('a', label='a'); Box('b', label='b', content=a.id, dies=True)")
    stack = workshop.stack()
    with pytest.raises(CommandError, match="the provider process ended before it responded"):
        stack.up()
    names = [resource["urn"].rsplit("::", 1)[1] for resource in stack.export_stack().deployment["resources"]]
    assert names == ["boxes-dev", "default", "a"]


@pytest.mark.cold
def test_a_create_whose_provider_is_interrupted_fails_with_its_own_one_line_error(
    workshop: Workshop, engine: str, agb_server: LocalServer
) -> None:
    """Cover a supervisor that interrupts a whole process group, and with it the provider."""
    agb_server.fault("Upload", "stall", times=100, seconds=30)
    workshop.program("import pulumi_agbcontext as agb; agb.Context('data', name='data', files={'/a': 'x'})")
    workshop.stack(engine, lean=True)
    command, environment = _command(engine, workshop)
    environment |= {"AGB_ENDPOINT": agb_server.url, "AGB_API_KEY": "a-key"}
    with started(command, cwd=workshop.directory, env=environment, stderr=subprocess.STDOUT) as child:
        _wait_for(lambda: any(record.operation == "Upload" for record in agb_server.requests))
        for pid in _provider_processes(workshop.directory):
            os.kill(pid, signal.SIGINT)
        output, _ = child.communicate(timeout=60)
    assert child.returncode != 0
    reason = r"error: Could not [^\n]*[Tt]he operation was cancelled\. Run `pulumi up` to continue\.\n"
    assert re.search(reason, output), output
    assert "Cancelling all calls" not in output
    assert "Exception ignored" not in output
    if engine == "test":  # the CLI's language host may add the traceback of its interrupted program
        assert "Traceback" not in output


def _command(engine: str, workshop: Workshop) -> tuple[list[str], dict[str, str]]:
    if engine == "cli":
        command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"]
        return command, {**os.environ, **real_environment(workshop.directory.parent, PASSPHRASE)}
    command = [sys.executable, "-m", "pulumi_agbcontext.testing", "up", ".", "--skip-preview"]
    return command, {**os.environ, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}


def _provider_processes(directory: Path) -> list[int]:
    """Return the interpreters that run dynamic providers in a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_text().split("\0")
            if (process / "cwd").resolve() == directory and "pulumi.dynamic" in arguments and "-m" in arguments:
                found.append(int(process.name))
        except OSError:
            continue
    assert found
    return found
