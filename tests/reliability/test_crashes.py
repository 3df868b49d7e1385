"""`kill -9` of provider, server and engine: nothing that was acknowledged is lost, and the next `up` converges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from .crashes import PROCESSES, SCENARIOS, Point, crash, points
from .server_process import ServerProcess
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")
SAMPLE = 11  # of so many points one is in the normal run; no divisor of anything that they repeat


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that can be killed."""
    process = ServerProcess(tmp_path / "server")
    yield process
    process.stop()


def sample() -> list[Point]:
    return list(points())[::SAMPLE]


def test_the_points_are_fifty_or_more_and_the_sample_has_every_victim() -> None:
    assert len(list(points())) >= 50
    assert len(sample()) >= 10
    assert {(point.adapter, point.victim) for point in sample()} == {(p.adapter, p.victim) for p in points()}


def survive(chosen: Iterable[Point], server: ServerProcess, folder: Path) -> None:
    wrong, tried, adopted = [], 0, 0
    for point in chosen:
        try:
            adopted += crash(point, server, folder)
        except Exception as error:  # noqa: BLE001  (the other points are to be seen, too)
            wrong.append(f"{point}: {type(error).__name__}: {str(error)[:600]}")
        tried += 1
    assert not wrong, f"{len(wrong)} of {tried} points:\n" + "\n".join(wrong)
    count("crash points: kill -9 of provider, server, engine", tried)
    count("of them, points that ended in the exists error and were adopted", adopted)


def test_a_sample_of_crashes_loses_nothing_and_the_next_up_converges(server: ServerProcess, tmp_path: Path) -> None:
    survive(sample(), server, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("adapter", PROCESSES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_every_crash_loses_nothing_and_the_next_up_converges(
    adapter: str, scenario: object, server: ServerProcess, tmp_path: Path
) -> None:
    survive([p for p in points() if (p.adapter, p.scenario) == (adapter, scenario)], server, tmp_path)
