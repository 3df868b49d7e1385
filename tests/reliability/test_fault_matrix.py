"""Tests of the fault matrix through both adapters: no fault loses data, and the same program then converges."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from functools import cache
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.server import LocalServer
from tests.plugin.adapters import Life, Plugin, RefusedError

from .engine_life import EngineLife
from .matrix import ADAPTERS, KEY, STORE, Cell, cells, play
from .scenarios import CANARY, SCENARIOS, Scenario, World
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")

CELLS = "fault matrix: cells in process, through the lifecycle of both adapters, on {library}"
FAILED = "fault matrix: of the cells in process, the command failed and the same program then converged"
ADOPTED = "fault matrix: of the cells in process, ended in the exists error in a documented window and then adopted"
ENGINE_ROW = "fault matrix: cells on the test engine with real provider processes"
PROCESS_ROW = "fault matrix: cells in real plugin processes"
GROUPS = [(adapter, scenario) for adapter in ADAPTERS for scenario in SCENARIOS]
IDS = [f"{adapter}-{scenario.name.replace(' ', '-')}" for adapter, scenario in GROUPS]


def views(cell: Cell) -> list[object]:
    """Return what the sample must cover: every operation of every scenario, every fault of every kind of operation.

    Directories and exclusive resources share their transfers with contexts, so one cell for each operation is enough.
    """
    kind = cell.operation if cell.operation in STORE else "Api"
    shares = cell.scenario.kind == "ContextDirectory" or cell.scenario.recorded
    seen_in = (cell.adapter, cell.times) if not shares else ()
    return [(*seen_in, cell.scenario.name, cell.operation), (cell.adapter, kind, cell.fault.name)]


def small_sample() -> list[Cell]:
    """Return every fault of every kind of operation, through each adapter."""
    return list({(cell.adapter, cell.operation in STORE, cell.fault.name): cell for cell in sample()}.values())


@cache
def sample() -> list[Cell]:
    """Return the same cells in every run: first those that add a scenario and a fault, then those that add either."""
    shuffled = list(cells())
    random.Random(9).shuffle(shuffled)
    seen: set[object] = set()
    chosen = []
    for least in (2, 1):
        for cell in shuffled:
            if len(added := set(views(cell)) - seen) >= least:
                seen |= added
                chosen.append(cell)
    return chosen


@pytest.mark.parametrize(("adapter", "scenario"), GROUPS, ids=IDS)
def test_the_matrix_has_every_request_of_every_scenario(
    adapter: str, scenario: Scenario, agb_server: LocalServer, tmp_path: Path
) -> None:
    agb_server.behave(clear_polls=1)
    life = Life(ADAPTERS[adapter](tmp_path, endpoint=agb_server.url, apiKey=KEY), scenario.kind)
    world = World(agb_server, life, scenario)
    since = len(agb_server.requests)
    with suppress(RefusedError) if scenario.remedy else nullcontext():
        world.act()
    asked = Counter(record.operation for record in agb_server.requests[since:])
    # The number of requests that poll a state is not fixed.
    assert asked.keys() == scenario.requests.keys()
    assert all(asked[operation] >= times for operation, times in scenario.requests.items()), asked


def test_the_sample_has_every_operation_of_every_scenario_and_every_fault() -> None:
    assert len(sample()) >= 400
    assert len(list(cells())) >= 10_000
    assert {view for cell in sample() for view in views(cell)} == {view for cell in cells() for view in views(cell)}


def survive(chosen: Iterable[Cell], server: LocalServer, directory: Path, library: str) -> Counter[str]:
    """Run cells, report every failure, and return the number of cells by outcome."""
    wrong: list[str] = []
    row = CELLS.format(library=library)
    outcomes: Counter[str] = Counter()
    for cell in chosen:
        try:
            outcome = play(cell, server, directory)
        except Exception as error:  # noqa: BLE001  (the remaining cells must run too)
            wrong.append(f"{cell}: {type(error).__name__}: {str(error)[:600]}")
            continue
        outcomes.update({row: 1, FAILED: int(outcome.failed), ADOPTED: int(outcome.exists_error)})
    assert not wrong, f"{len(wrong)} of {outcomes[row] + len(wrong)} cells:\n" + "\n".join(wrong)
    return outcomes


@pytest.mark.parametrize(("adapter", "scenario"), GROUPS, ids=IDS)
def test_a_sample_of_all_faults_loses_nothing_and_the_same_program_converges(
    adapter: str, scenario: Scenario, http_client: str, agb_server: LocalServer, tmp_path: Path
) -> None:
    chosen = sample() if http_client == "libcurl" else small_sample()
    survive([c for c in chosen if (c.adapter, c.scenario) == (adapter, scenario)], agb_server, tmp_path, http_client)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("adapter", "scenario"), GROUPS, ids=IDS)
def test_every_fault_loses_nothing_and_the_same_program_converges(
    adapter: str, scenario: Scenario, http_client: str, agb_server: LocalServer, tmp_path: Path
) -> None:
    mine = [c for c in cells() if (c.adapter, c.scenario) == (adapter, scenario)]
    for row, number in survive(mine, agb_server, tmp_path, http_client).items():
        count(row, number)


ENGINE_CELLS = 40


@cache
def engine_cells(adapter: str, number: int) -> list[Cell]:
    """Return cells for real processes, from each scenario in turn."""
    chosen = [cell for cell in cells() if cell.adapter == adapter]
    random.Random(9).shuffle(chosen)
    of = [[cell for cell in chosen if cell.scenario is scenario] for scenario in SCENARIOS]
    return [of[index % len(of)][index // len(of)] for index in range(number)]


def survive_on_the_engine(chosen: Iterable[Cell], server: LocalServer, directory: Path) -> None:
    lives: list[EngineLife] = []

    def begin(cell: Cell, server: LocalServer, directory: Path) -> Life:
        shop = directory / f"shop-{len(lives)}"
        lives.append(EngineLife(shop, cell.scenario.kind, cell.adapter, endpoint=server.url, apiKey=KEY))
        return lives[-1]

    for cell in chosen:
        play(cell, server, directory, begin)
        written = lives[-1].on_disk + lives[-1].printed
        assert "agbcontext:apiKey" in lives[-1].on_disk
        assert not [secret for secret in (KEY, CANARY, "signature=") if secret in written], cell


@pytest.mark.parametrize(("adapter", "first"), [("dynamic", 0), ("plugin", 5)])
def test_a_few_faults_on_the_test_engine_with_real_provider_processes(
    adapter: str, first: int, agb_server: LocalServer, tmp_path: Path
) -> None:
    survive_on_the_engine(engine_cells(adapter, ENGINE_CELLS)[first::20], agb_server, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_forty_faults_on_the_test_engine_with_real_provider_processes(
    adapter: str, agb_server: LocalServer, tmp_path: Path
) -> None:
    survive_on_the_engine(engine_cells(adapter, ENGINE_CELLS), agb_server, tmp_path)
    count(ENGINE_ROW, ENGINE_CELLS)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_twenty_faults_in_real_plugin_processes(agb_server: LocalServer, tmp_path: Path) -> None:
    started: list[Plugin] = []

    def begin(cell: Cell, server: LocalServer, directory: Path) -> Life:
        started.append(Plugin(directory, endpoint=server.url, apiKey=KEY))
        return Life(started[-1], cell.scenario.kind)

    for cell in engine_cells("plugin", ENGINE_CELLS)[::2]:
        try:
            play(cell, agb_server, tmp_path, begin)
        finally:
            started[-1].stop()
    count(PROCESS_ROW, ENGINE_CELLS // 2)
