"""Tests of random sequences on a context, compared with a dictionary."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.plugin.adapters import Life

from .directory_machine import DirectoryMachine
from .engine_life import EngineLife
from .machine import ContextMachine
from .scenarios import KEY
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")
STEPS_ROW = "state machine: random steps against a dictionary, in process"
ENGINE_ROW = "state machine: random steps on the test engine with real provider processes"
STEPS, MANY_STEPS, ENGINE_STEPS = 300, 10_000, 50


def live(machine: type[ContextMachine], lives: int, length: int, *, same_every_time: bool) -> int:
    machine.steps = machine.taken = 0
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=length,
            deadline=None,
            derandomize=same_every_time,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate] if machine is EngineMachine else list(Phase),  # each step takes seconds
        ),
    )
    return machine.steps


@pytest.mark.timeout(600)  # the test computes for 15 seconds, and other tests run at the same time
def test_three_hundred_random_steps_match_a_dictionary() -> None:
    steps = live(DirectoryMachine, lives=14, length=50, same_every_time=True)
    assert steps >= STEPS
    assert DirectoryMachine.taken >= 5


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_thousand_random_steps_match_a_dictionary() -> None:
    steps = live(DirectoryMachine, lives=260, length=50, same_every_time=False)
    assert steps >= MANY_STEPS
    assert DirectoryMachine.taken >= 100
    count(STEPS_ROW, steps)


class EngineMachine(ContextMachine):
    """The same sequences on the test engine, with real provider processes."""

    def begin(self, adapter: str) -> Life:
        return EngineLife(Path(self.directory.name) / "shop", "Context", endpoint=self.server.url, apiKey=KEY)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_fifty_random_steps_on_the_test_engine_match_a_dictionary() -> None:
    steps = live(EngineMachine, lives=8, length=12, same_every_time=True)
    assert steps >= ENGINE_STEPS
    count(ENGINE_ROW, steps)
