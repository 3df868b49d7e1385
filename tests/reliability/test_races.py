"""Tests of concurrent changes to one context: no writer loses data, and every loser receives an error."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from pulumi_agbcontext.client.http import deadline
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.plugin.adapters import Life, RefusedError

from .agents import DEEDS, EXCLUSIVE, AgentRace, agent_races, begin
from .agents import run as run_with_agent
from .in_process import DynamicInProcess
from .matrix import ADAPTERS
from .races import Meeting, Newcomer, Race, meet, meetings, races, run
from .scenarios import KEY, Scenario
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")
ROW = "races: a context deleted, cleared or filled by another program at a request of a command"
NAME_ROW = "races: two stacks create one name at once"
MEETING_ROW = "races: another stack creates or adopts the same context at a request of a command"
AGENT_ROW = "races: an agent writes, overwrites or deletes a file of an exclusive resource after its refresh"
WINDOW_ROW = "races: of those with an agent, it wrote between the last check of a file and its delete"
SAMPLE, AGENTS_SAMPLE = 60, 12
ROUNDS, MANY_ROUNDS = 5, 150
WAIT = deadline.Deadline.sleep


def survive(chosen: Iterable[Race], server: LocalServer, directory: Path) -> None:
    wrong, tried = [], 0
    for race in chosen:
        try:
            run(race, server, directory)
        except Exception as error:  # noqa: BLE001  (the remaining races must run too)
            wrong.append(f"{race}: {type(error).__name__}: {str(error)[:600]}")
        tried += 1
    assert not wrong, f"{len(wrong)} of {tried} races:\n" + "\n".join(wrong)


def sample() -> list[Race]:
    chosen = list(races())
    random.Random(9).shuffle(chosen)
    return chosen[:SAMPLE]


def test_a_context_that_another_program_deletes_clears_or_fills_during_a_command(
    agb_server: LocalServer, tmp_path: Path
) -> None:
    survive(sample(), agb_server, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_change_by_another_program_at_every_request(agb_server: LocalServer, tmp_path: Path) -> None:
    survive(races(), agb_server, tmp_path)
    count(ROW, len(list(races())))


def judge(chosen: Iterable[Meeting], server: LocalServer, directory: Path) -> Counter[str]:
    wrong, outcomes = [], Counter[str]()
    for meeting in chosen:
        try:
            outcomes[meet(meeting, server, directory)] += 1
        except Exception as error:  # noqa: BLE001  (the remaining meetings must run too)
            wrong.append(f"{meeting}: {type(error).__name__}: {str(error)[:600]}")
    assert not wrong, f"{len(wrong)} meetings went wrong:\n" + "\n".join(wrong)
    return outcomes


def test_another_stack_that_appears_during_a_command_loses_nothing(agb_server: LocalServer, tmp_path: Path) -> None:
    chosen = list(meetings())
    random.Random(9).shuffle(chosen)
    assert judge(chosen[:SAMPLE], agb_server, tmp_path)["the newcomer's"] > 0


@pytest.mark.long
@pytest.mark.timeout(900)
def test_another_stack_that_appears_at_any_request_loses_nothing(agb_server: LocalServer, tmp_path: Path) -> None:
    judge(meetings(), agb_server, tmp_path)
    count(MEETING_ROW, len(list(meetings())))


def survive_agents(chosen: Iterable[AgentRace], server: LocalServer, directory: Path) -> Counter[str]:
    wrong, outcomes = [], Counter[str]()
    for race in chosen:
        try:
            outcomes.update({AGENT_ROW: 1, WINDOW_ROW: int(run_with_agent(race, server, directory))})
        except Exception as error:  # noqa: BLE001  (the remaining races must run too)
            wrong.append(f"{race}: {type(error).__name__}: {str(error)[:600]}")
    assert not wrong, f"{len(wrong)} races went wrong:\n" + "\n".join(wrong)
    return outcomes


def test_an_agent_that_writes_after_the_refresh_of_an_exclusive_resource_loses_nothing(
    agb_server: LocalServer, tmp_path: Path
) -> None:
    chosen = list(agent_races())
    random.Random(9).shuffle(chosen)
    sample = chosen[:AGENTS_SAMPLE]
    assert {race.deed for race in sample} == DEEDS.keys()
    assert survive_agents(sample, agb_server, tmp_path)[AGENT_ROW] == AGENTS_SAMPLE


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("scenario", EXCLUSIVE, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_an_agent_that_acts_at_any_time_after_the_refresh_of_an_exclusive_resource_loses_nothing(
    adapter: str, scenario: Scenario, agb_server: LocalServer, tmp_path: Path
) -> None:
    mine = [race for race in agent_races() if (race.adapter, race.scenario) == (adapter, scenario)]
    for row, number in survive_agents(mine, agb_server, tmp_path).items():
        count(row, number)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize(
    "kind", ["answer_lost", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("reset_after", "reset_before"))]
)
@pytest.mark.parametrize("scenario", EXCLUSIVE, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_a_file_that_an_agent_writes_before_its_delete_is_retried_stays(
    adapter: str,
    kind: str,
    scenario: Scenario,
    agb_server: LocalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lose the response to a delete, and write a file at the same path as an agent in the pause before the retry."""
    world = begin(adapter, scenario, agb_server, tmp_path)
    path = next(path for path in scenario.recorded if path.endswith("/2"))
    lost = agb_server.fault("DeleteContextFile", kind, path=path)

    def write(self: deadline.Deadline, seconds: float) -> None:
        if lost.consumed:
            world.put(world.holding, {path: b"written again"})

    monkeypatch.setattr(deadline.Deadline, "sleep", write)
    world.act()
    assert lost.consumed == 1
    assert world.files == {**world.wanted, path: b"written again"}


def race_for_a_name(server: LocalServer, directory: Path, files: bool) -> str:
    """Create one name from two stacks at the same time and return the outcome."""
    server.reset()
    server.behave(jitter=0.01)
    lives = [Life(kind(directory, endpoint=server.url, apiKey=KEY)) for kind in (Newcomer, DynamicInProcess)]
    refused: list[str] = []
    programs = [
        dict.fromkeys(("/a", "/b", f"/{number}"), f"content of stack {number}") if files else {}
        for number in range(len(lives))
    ]

    def create(life: Life, number: int) -> None:
        try:
            life.up(name="data", files=programs[number])
        except RefusedError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=create, args=(life, number)) for number, life in enumerate(lives)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [context] = server.contexts(KEY)
    held = holds(server, KEY, context["id"])
    for life, program in zip(lives, programs, strict=True):
        if life.id:
            assert life.id == context["id"]
            assert held.items() >= {path: text.encode() for path, text in program.items()}.items(), "torn files"
    assert all(context["id"] in reason and "adopt" in reason for reason in refused), refused
    return {0: "both succeed", 1: "one succeeds, the other fails", 2: "both fail"}[len(refused)]


@pytest.mark.parametrize("files", [True, False], ids=["with files", "without files"])
@pytest.mark.parametrize(
    "rounds", [ROUNDS, pytest.param(MANY_ROUNDS, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_of_two_stacks_that_create_one_name_at_once_one_succeeds_and_the_other_fails(
    agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int, files: bool
) -> None:
    monkeypatch.setattr(deadline.Deadline, "sleep", WAIT)  # only the waiting counts here
    monkeypatch.setattr("pulumi_agbcontext.lifecycle.provider.session._SETTLE_ON_THIS_MACHINE", 0.5)
    outcomes = Counter(race_for_a_name(agb_server, tmp_path, files) for _ in range(rounds))
    assert outcomes["both succeed"] == 0, outcomes
    if rounds == MANY_ROUNDS:
        for outcome, number in outcomes.items():
            count(f"{NAME_ROW}, {'with' if files else 'without'} files: {outcome}", number)
