"""Tests that compare the test engine with the Pulumi CLI: operations, state, outputs, outcome and requests.

The results of the Pulumi CLI are recorded beside this file, with the versions that produced them. If the CLI is on
PATH, scenarios are run on it again, so that changed behavior of a new release is noticed: a few in every run, all of
them in `make test-long`, because the CLI needs ten minutes for them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .conftest import Workshop
from .playing import play
from .plugin_scenarios import PLUGIN_CORNERS, PLUGIN_SCENARIOS
from .scenarios import CONTEXT_SCENARIOS
from .scenarios import CORNERS as DYNAMIC_CORNERS
from .scenarios import SCENARIOS as DYNAMIC_SCENARIOS

SCENARIOS = {**DYNAMIC_SCENARIOS, **PLUGIN_SCENARIOS}
CORNERS = DYNAMIC_CORNERS | PLUGIN_CORNERS
WITH_A_SERVER = {**CONTEXT_SCENARIOS, **PLUGIN_SCENARIOS}

RECORDED = Path(__file__).with_name("recorded")


def _file(name: str) -> Path:
    return RECORDED / (re.sub(r"\W+", "-", name) + ".json")


ASKED_IN_EVERY_RUN = {
    "nested secrets",
    "replace, deleting first",
    "contexts: a lost file is put back",
    "plugin: explicit providers",
}


def _questions() -> Iterator[Any]:
    for name in SCENARIOS:
        corner = [pytest.mark.long] if name in CORNERS else []
        yield pytest.param("test", name, id=f"test-{name}", marks=corner)
        long = [] if name in ASKED_IN_EVERY_RUN else [pytest.mark.long]
        yield pytest.param("cli", name, id=f"cli-{name}", marks=[pytest.mark.pulumi_cli, *long])


def test_every_scenario_is_recorded_and_every_corner_is_a_scenario() -> None:
    assert SCENARIOS.keys() >= CORNERS
    assert len(SCENARIOS) - len(CORNERS) >= 40
    assert {_file(name) for name in SCENARIOS} == set(RECORDED.glob("*.json"))


@pytest.mark.parametrize(("engine", "name"), list(_questions()), indirect=["engine"])
def test_the_test_engine_matches_the_recorded_results_of_the_pulumi_cli(
    engine: str, name: str, workshop: Workshop, agb_server: LocalServer
) -> None:
    answers = play(SCENARIOS[name], workshop, engine, agb_server if name in WITH_A_SERVER else None)
    if engine == "cli" and "RECORD" in os.environ:
        _record(name, answers)
    recorded = json.loads(_file(name).read_text())
    for number, (given, expected) in enumerate(zip(answers, recorded["answers"], strict=True)):
        for aspect in expected:
            assert given[aspect] == expected[aspect], f"{aspect} of act {number}, {expected['command']}"


def _record(name: str, answers: list[dict[str, Any]]) -> None:
    cli = subprocess.run(["pulumi", "version"], check=True, capture_output=True, text=True).stdout.strip()
    content = {"pulumi": cli, "sdk": version("pulumi"), "answers": answers}
    RECORDED.mkdir(exist_ok=True)
    _file(name).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
