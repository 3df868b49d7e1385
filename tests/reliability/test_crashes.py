"""Tests of `kill -9` on provider, server and engine: acknowledged data is kept and the next `up` converges."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .crashes import (
    EVERY_CHANGE,
    EVERY_REQUEST,
    PROCESSES,
    SCENARIOS,
    Point,
    crash,
    every_request,
    files_deleted_after_the_engine,
    points,
)
from .engine_life import PASSPHRASE, EngineLife
from .matrix import Outcome, converges
from .scenarios import KEY, Scenario, World
from .server_process import ServerProcess
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")
POINTS = "crash points: `kill -9` of a provider, the server or the engine of a provider"
EVERY_ROW = "crash points: `kill -9` of a provider, or of its engine, at each request of a create"
DIRECTORY_ROW = (
    "crash points: `kill -9` of a provider, or of its engine, at each request of a change of a directory or of an "
    "exclusive resource"
)
ADOPTED = "crash points: of the first three, ended in the exists error in a documented window and then adopted"
ENGINE_ROW = "crash points: `kill -9` of the test engine while its provider continues during the next `up`"
SAMPLE = 11  # the normal run takes one of this many points; it divides no period in their order


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """Return a server that can be killed."""
    process = ServerProcess(tmp_path / "server")
    yield process
    process.stop()


def sample() -> list[Point]:
    return list(points())[::SAMPLE]


def test_the_points_are_fifty_or_more_and_the_sample_has_every_victim() -> None:
    assert len(list(points())) >= 50
    assert len(sample()) >= 10
    assert {(point.adapter, point.victim) for point in sample()} == {(p.adapter, p.victim) for p in points()}


def survive(chosen: Iterable[Point], server: ServerProcess, directory: Path, row: str = POINTS) -> Counter[str]:
    wrong: list[str] = []
    outcomes: Counter[str] = Counter()
    for point in chosen:
        try:
            outcomes[ADOPTED] += crash(point, server, directory)
        except Exception as error:  # noqa: BLE001  (the remaining points must run too)
            wrong.append(f"{point}: {type(error).__name__}: {str(error)[:600]}")
        outcomes[row] += 1
    assert not wrong, f"{len(wrong)} of {outcomes[row]} points:\n" + "\n".join(wrong)
    return outcomes


def test_a_sample_of_crashes_loses_nothing_and_the_next_up_converges(server: ServerProcess, tmp_path: Path) -> None:
    survive(sample(), server, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("adapter", PROCESSES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_every_crash_loses_nothing_and_the_next_up_converges(
    adapter: str, scenario: object, server: ServerProcess, tmp_path: Path
) -> None:
    mine = [p for p in points() if (p.adapter, p.scenario) == (adapter, scenario)]
    for row, number in survive(mine, server, tmp_path).items():
        count(row, number)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("scenario", EVERY_REQUEST, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_a_create_that_is_killed_at_any_request_is_continued(
    scenario: object, server: ServerProcess, tmp_path: Path
) -> None:
    mine = [point for point in every_request() if point.scenario == scenario]
    for row, number in survive(mine, server, tmp_path, EVERY_ROW).items():
        count(row, number)


@pytest.mark.parametrize(
    ("adapter", "victim", "scenario", "request_"),
    [
        ("dynamic", "provider", "update an exclusive context", 17),
        ("plugin", "provider", "update an exclusive directory", 12),
        ("plugin", "provider", "create a directory", 5),
        ("dynamic", "engine", "delete a directory", 2),
    ],
)
def test_a_killed_change_of_a_directory_or_exclusive_resource_loses_no_files_of_others(
    adapter: str, victim: str, scenario: str, request_: int, server: ServerProcess, tmp_path: Path
) -> None:
    [point] = [
        point
        for point in every_request(EVERY_CHANGE)
        if (point.adapter, point.victim, point.scenario.name, point.number) == (adapter, victim, scenario, request_)
    ]
    survive([point], server, tmp_path, DIRECTORY_ROW)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("scenario", EVERY_CHANGE, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_a_change_of_a_directory_or_exclusive_resource_killed_at_any_request_loses_no_files_of_others(
    scenario: object, server: ServerProcess, tmp_path: Path
) -> None:
    mine = [point for point in every_request(EVERY_CHANGE) if point.scenario == scenario]
    for row, number in survive(mine, server, tmp_path, DIRECTORY_ROW).items():
        count(row, number)


def _changes() -> Iterator[Any]:
    """Return every change through every adapter. The normal run uses one adapter for each change."""
    for number, scenario in enumerate(one for one in EVERY_CHANGE if one.before):
        for turn, adapter in enumerate(PROCESSES):
            marks = [] if turn == number % 2 else [pytest.mark.long]
            yield pytest.param(adapter, scenario, id=f"{adapter}-{scenario.name.replace(' ', '-')}", marks=marks)


@pytest.mark.parametrize(("adapter", "scenario"), list(_changes()))
def test_the_provider_of_a_killed_engine_deletes_no_file_of_a_directory_or_exclusive_resource(
    adapter: str, scenario: Scenario, server: ServerProcess, tmp_path: Path
) -> None:
    """Guard against a changed program, which the next `up` may run and which may keep the file."""
    assert files_deleted_after_the_engine(Point(adapter, "engine", scenario, 1), server, tmp_path) == []


ENGINE_KILLS = 12


def kill_the_engine(number: int, provider: str, server: LocalServer, directory: Path) -> None:
    """Kill the engine at a random request of a command. Its provider continues during the next `up`."""
    scenario = SCENARIOS[number % len(SCENARIOS)]
    server.reset()
    server.behave(latency=0.01, clear_polls=1)
    life = EngineLife(directory / f"shop-{number}", scenario.kind, provider, endpoint=server.url, apiKey=KEY)
    world = World(server, life, scenario)
    if scenario.program is not None:
        life.write(world.program(scenario.program))
    request = len(server.requests) + random.Random(number).randint(1, sum(scenario.requests.values()))
    command = start(life, "destroy" if scenario.program is None else "up")
    wait_until(lambda: len(server.requests) >= request or command.poll() is not None)
    command.kill()
    command.communicate()
    try:
        json.loads((life.directory / ".pulumi-test" / "dev.json").read_text())
        life._observe()
        converges(world, Outcome())
    finally:
        for orphan in processes_in(life.directory):
            os.kill(orphan, signal.SIGKILL)


def start(life: EngineLife, command: str) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "pulumi_agbcontext.testing", command, "."]
    environment = {**os.environ, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
    return subprocess.Popen(arguments, cwd=life.directory, env=environment, stdout=subprocess.DEVNULL)


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.002)


def processes_in(directory: Path) -> list[int]:
    """Return the processes that work in a directory, which a killed engine has left."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == directory:
                found.append(int(process.name))
    return found


@pytest.mark.parametrize(("number", "provider"), [(2, "dynamic"), (3, "plugin")])
def test_a_killed_engine_leaves_a_complete_state_and_the_next_up_converges(
    number: int, provider: str, agb_server: LocalServer, tmp_path: Path
) -> None:
    kill_the_engine(number, provider, agb_server, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("provider", ["dynamic", "plugin"])
def test_an_engine_killed_at_any_request_leaves_a_complete_state_and_the_next_up_converges(
    provider: str, agb_server: LocalServer, tmp_path: Path
) -> None:
    for number in range(ENGINE_KILLS):
        kill_the_engine(number, provider, agb_server, tmp_path)
    count(ENGINE_ROW, ENGINE_KILLS)
