"""The fault matrix through the lifecycle of both adapters: whatever fails, nothing is lost, and the same program converges."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .matrix import ADAPTERS, EARLY, KEY, SLOW, STORE, Cell, cells, play
from .scenarios import SCENARIOS, Scenario, World
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")

SAMPLE = 430  # cells in the normal run
GROUPS = [(adapter, scenario) for adapter in ADAPTERS for scenario in SCENARIOS]
IDS = [f"{adapter}-{scenario.name.replace(' ', '-')}" for adapter, scenario in GROUPS]


def views(cell: Cell) -> list[object]:
    """What the sample must have seen: every operation of every scenario, every fault of every kind of operation."""
    kind = cell.operation if cell.operation in STORE else "Api"
    return [(cell.adapter, cell.scenario.name, cell.operation, cell.times), (cell.adapter, kind, cell.fault.name)]


@cache
def sample() -> list[Cell]:
    """The same cells in every run: those that show something new first, then any that take no time."""
    shuffled = list(cells())
    random.Random(9).shuffle(shuffled)
    seen: set[object] = set()
    chosen = []
    for cell in shuffled:
        if not seen.issuperset(views(cell)):
            seen.update(views(cell))
            chosen.append(cell)
    quick = [cell for cell in shuffled if cell not in chosen and cell.fault not in (*SLOW, EARLY)]
    return chosen + quick[: SAMPLE - len(chosen)]


@pytest.mark.parametrize(("adapter", "scenario"), GROUPS, ids=IDS)
def test_the_matrix_has_every_request_of_every_scenario(
    adapter: str, scenario: Scenario, agb_server: LocalServer, tmp_path: Path
) -> None:
    agb_server.behave(clear_seconds=0.01)
    world = World(agb_server, ADAPTERS[adapter](tmp_path, endpoint=agb_server.url, apiKey=KEY), scenario)
    since = len(agb_server.requests)
    world.act()
    asked = Counter(record.operation for record in agb_server.requests[since:])
    # Looks while something is waited for are as many as it takes.
    assert asked.keys() == scenario.requests.keys()
    assert all(asked[operation] >= times for operation, times in scenario.requests.items()), asked


def test_the_sample_has_every_operation_of_every_scenario_and_every_fault() -> None:
    assert len(sample()) >= 400
    assert len(list(cells())) >= 10_000
    assert {view for cell in sample() for view in views(cell)} == {view for cell in cells() for view in views(cell)}


def survive(chosen: Iterable[Cell], server: LocalServer, folder: Path) -> None:
    """Play cells; every one that shows something wrong is told."""
    wrong, played, exceptions, failures = [], 0, 0, 0
    for cell in chosen:
        try:
            outcome = play(cell, server, folder)
        except Exception as error:  # noqa: BLE001  (the other cells are to be seen, too)
            wrong.append(f"{cell}: {type(error).__name__}: {str(error)[:600]}")
            continue
        played += 1
        failures += outcome.failed
        exceptions += outcome.exists_error
    assert not wrong, f"{len(wrong)} of {played + len(wrong)} cells:\n" + "\n".join(wrong)
    count("cells of the fault matrix, in process", played)
    count("of them, cells in which the command failed", failures)
    count("of them, cells that ended in the exists error and were adopted", exceptions)


@pytest.mark.parametrize(("adapter", "scenario"), GROUPS, ids=IDS)
def test_a_sample_of_all_faults_loses_nothing_and_the_same_program_converges(
    adapter: str, scenario: Scenario, agb_server: LocalServer, tmp_path: Path
) -> None:
    survive([c for c in sample() if (c.adapter, c.scenario) == (adapter, scenario)], agb_server, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("adapter", "scenario"), GROUPS, ids=IDS)
def test_every_fault_loses_nothing_and_the_same_program_converges(
    adapter: str, scenario: Scenario, agb_server: LocalServer, tmp_path: Path
) -> None:
    survive([c for c in cells() if (c.adapter, c.scenario) == (adapter, scenario)], agb_server, tmp_path)
