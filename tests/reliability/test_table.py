"""Tests that the table of RELIABILITY.md claims only what the suite tests."""

from __future__ import annotations

from tests.conftest import LIBRARIES

from . import (
    test_cli_crashes,
    test_crashes,
    test_fault_matrix,
    test_hostile,
    test_leaks,
    test_limits,
    test_machine,
    test_old_states,
)
from . import test_races as others
from .agents import agent_races
from .crashes import EVERY_CHANGE, every_request, points
from .hostile import DIRECTORIES, FILES, NAMES, PATHS
from .matrix import ADAPTERS, cells
from .races import meetings, races
from .states import programs
from .table import PAGE, rows


def test_the_table_claims_only_what_the_suite_tests() -> None:
    page = PAGE.read_text("utf-8")
    claimed = rows(page)
    exactly = {
        test_fault_matrix.ENGINE_ROW: len(ADAPTERS) * test_fault_matrix.ENGINE_CELLS,
        test_fault_matrix.PROCESS_ROW: test_fault_matrix.ENGINE_CELLS // 2,
        test_crashes.POINTS: len(list(points())),
        test_crashes.ENGINE_ROW: len(ADAPTERS) * test_crashes.ENGINE_KILLS,
        test_crashes.EVERY_ROW: len(list(every_request())),
        test_crashes.DIRECTORY_ROW: len(list(every_request(EVERY_CHANGE))),
        others.ROW: len(list(races())),
        others.MEETING_ROW: len(list(meetings())),
        others.AGENT_ROW: len(list(agent_races())),
        test_old_states.ROW: len(programs()),
        test_old_states.CLI_ROW: len(programs()),
    }
    matrices = [test_fault_matrix.CELLS.format(library=library) for library in LIBRARIES]
    for row, whole in {**exactly, **dict.fromkeys(matrices, len(list(cells())))}.items():
        assert claimed.get(row) == whole, row
    assert sum(number for row, number in claimed.items() if row.startswith(others.NAME_ROW)) == 2 * others.MANY_ROUNDS
    assert not any("both have it" in row for row in claimed)
    assert test_machine.MANY_STEPS <= claimed[test_machine.STEPS_ROW] <= 2 * test_machine.MANY_STEPS
    assert test_machine.ENGINE_STEPS <= claimed[test_machine.ENGINE_ROW] <= 2 * test_machine.ENGINE_STEPS
    inputs = len(ADAPTERS) * sum(len(kind) for kind in (NAMES, PATHS, FILES, DIRECTORIES, test_hostile.ANSWERS))
    assert inputs <= claimed[test_hostile.ROW] <= inputs + 100
    assert claimed[test_limits.ROW] == 6
    assert claimed[test_leaks.ROW] >= 10
    of_these = {test_fault_matrix.FAILED, test_fault_matrix.ADOPTED, test_crashes.ADOPTED, others.WINDOW_ROW}
    known = {
        *exactly,
        *of_these,
        *matrices,
        test_machine.STEPS_ROW,
        test_machine.ENGINE_ROW,
        test_hostile.ROW,
    }
    known |= {test_limits.ROW, test_leaks.ROW, test_cli_crashes.ROW}
    assert [row for row in claimed if row not in known and not row.startswith(others.NAME_ROW)] == []
