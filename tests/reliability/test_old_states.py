"""Tests that the current code plans no change for the state of every release."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.server import LocalServer
from tests.resources.conftest import engine

from .states import open_stack, programs, recorded
from .tally import count

__all__ = ["engine"]  # a fixture

ROW = "old states: recorded by releases, no change planned on the test engine"
CLI_ROW = "old states: recorded by releases, no change planned on the Pulumi CLI"


def test_the_state_of_the_present_release_is_recorded_for_both_adapters() -> None:
    assert {f"{version('pulumi-agbcontext')}/{adapter}" for adapter in ("dynamic", "plugin")} <= {
        f"{program.parent.name}/{program.name}" for program in programs()
    }


@pytest.mark.parametrize("program", programs(), ids=lambda program: f"{program.parent.name}-{program.name}")
def test_a_recorded_state_plans_no_change_and_sends_no_request(
    program: Path, engine: str, agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", "key-of-recorded-states")
    stack = open_stack(Path(shutil.copytree(program, tmp_path / "recorded")), engine)
    stack.import_stack(recorded(program))
    kinds = [resource["type"] for resource in recorded(program).deployment["resources"]]
    declared = sum(not kind.startswith("pulumi:providers:") for kind in kinds)
    assert stack.preview(expect_no_changes=True).change_summary == {"same": declared}
    assert stack.up(expect_no_changes=True).summary.resource_changes == {"same": declared}
    assert agb_server.requests == []
    count(ROW if engine == "test" else CLI_ROW)
