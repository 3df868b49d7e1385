"""Several at once on one context: nobody's data is lost, and everybody is told."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.plugin.adapters import Life, RefusedError

from .in_process import DynamicInProcess, PluginInProcess
from .races import Race, races, run
from .scenarios import KEY
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")
ROW = "races: a context deleted, cleared or filled by somebody else at a request of a command"
NAME_ROW = "races: two stacks create one name at once"
SAMPLE = 60
ROUNDS, MANY_ROUNDS = 15, 150


def survive(chosen: Iterable[Race], server: LocalServer, folder: Path) -> None:
    wrong, tried = [], 0
    for race in chosen:
        try:
            run(race, server, folder)
        except Exception as error:  # noqa: BLE001  (the other races are to be seen, too)
            wrong.append(f"{race}: {type(error).__name__}: {str(error)[:600]}")
        tried += 1
    assert not wrong, f"{len(wrong)} of {tried} races:\n" + "\n".join(wrong)


def sample() -> list[Race]:
    chosen = list(races())
    random.Random(9).shuffle(chosen)
    return chosen[:SAMPLE]


def test_a_context_that_somebody_else_deletes_clears_or_fills_meanwhile(
    agb_server: LocalServer, tmp_path: Path
) -> None:
    survive(sample(), agb_server, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_whatever_somebody_else_does_at_whichever_request(agb_server: LocalServer, tmp_path: Path) -> None:
    survive(races(), agb_server, tmp_path)
    count(ROW, len(list(races())))


def race_for_a_name(server: LocalServer, folder: Path) -> str:
    """Two stacks create one name in the same moment; gives what happened."""
    server.reset()
    server.behave(jitter=0.01)
    lives = [Life(kind(folder, endpoint=server.url, apiKey=KEY)) for kind in (PluginInProcess, DynamicInProcess)]
    refused: list[str] = []

    def create(life: Life, number: int) -> None:
        try:
            life.up(name="data", files={f"/{number}/{file}": f"content of stack {number}" for file in range(3)})
        except RefusedError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=create, args=(life, number)) for number, life in enumerate(lives)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [context] = server.contexts(KEY)
    held = holds(server, KEY, context["id"])
    for number, life in enumerate(lives):
        if life.id:
            assert life.id == context["id"]
            assert {f"/{number}/{file}" for file in range(3)} <= held.keys()
    assert all(context["id"] in reason and "adopt" in reason for reason in refused), refused
    return {0: "both have it", 1: "one has it, the other is told", 2: "neither has it, both are told"}[len(refused)]


@pytest.mark.parametrize(
    "rounds", [ROUNDS, pytest.param(MANY_ROUNDS, marks=[pytest.mark.long, pytest.mark.timeout(600)])]
)
def test_two_stacks_that_create_one_name_at_once_lose_nobodys_data(
    agb_server: LocalServer, tmp_path: Path, rounds: int
) -> None:
    outcomes = Counter(race_for_a_name(agb_server, tmp_path) for _ in range(rounds))
    assert outcomes["one has it, the other is told"] > 0, outcomes
    if rounds == MANY_ROUNDS:
        for outcome, number in outcomes.items():
            count(f"{NAME_ROW}: {outcome}", number)
