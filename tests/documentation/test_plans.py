"""Tests that docs/plans.md shows the output of the Pulumi CLI and that the test engine prints the same lines."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pulumi_agbcontext.testing import LocalServer, Stack
from tools import record_plans
from tools.record_plans import BLOCK, EXAMPLE_IDS, PAGE, SITUATIONS, Project, Situation

RECORDED = BLOCK.findall(PAGE.read_text("utf-8"))
ABOUT = re.compile(r"(?:training-data: |Deleting context |Erasing all data in context ).*")
NUMBERED = list(enumerate(SITUATIONS))


def about_contexts(text: str) -> list[str]:
    """Return the lines about contexts without repetition, with the ids of the page."""
    return list(dict.fromkeys(re.sub(r"SdkCtx-\w+", EXAMPLE_IDS[0], line.strip()) for line in ABOUT.findall(text)))


def test_each_situation_has_its_recording() -> None:
    assert [block.splitlines()[1] for block in RECORDED] == [f"$ pulumi {one.command}" for one in SITUATIONS]


@pytest.mark.pulumi_cli
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("number", "situation"), NUMBERED, ids=lambda value: str(value)[:2])
def test_a_recording_matches_the_output_of_the_cli(number: int, situation: Situation) -> None:
    if shutil.which("pulumi") is None:
        pytest.skip("NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
    printed = record_plans.recorded(situation)
    expected = f"```text\n$ pulumi {situation.command}\n{printed}\n```\n"
    assert record_plans.same_lines(RECORDED[number], expected), expected


@pytest.mark.parametrize(
    ("number", "situation"),
    [(number, one) for number, one in NUMBERED if one.language == "python"],
    ids=lambda value: str(value)[:2],
)
def test_the_test_engine_shows_the_same_lines_about_contexts(
    number: int, situation: Situation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalServer() as server:
        project = Project(tmp_path / "shop", server)
        project.python()
        monkeypatch.setenv("AGB_ENDPOINT", server.url)
        monkeypatch.setenv("AGB_API_KEY", "key-of-the-plans")
        stack = Stack(project.directory)
        if situation.deployed:
            stack.up()
        situation.edit(project)
        command, *options = situation.command.split()
        before = stack.preview().stdout if command == "up" else ""
        result = getattr(stack, command)(**({"refresh": True} if "--refresh" in options else {}))
    shown = about_contexts(f"{before}\n{result.stdout}\n{result.stderr}")
    assert shown == about_contexts(RECORDED[number])
