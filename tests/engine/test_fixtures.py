"""Tests of the fixtures for users: repeated opening returns the same stack, on either engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .conftest import BOTH

PROGRAM = """
import pulumi
import pulumi_agbcontext as agb

release = pulumi.Config().get("release") or "1"
data = agb.Context("data", name=NAME, files={"/a": "x"}, clear_triggers=[release])
pulumi.export("id", data.id)
"""

pytestmark = pytest.mark.parametrize("agb_engine", BOTH)


def _project(directory: Path, name: str) -> Path:
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (directory / "__main__.py").write_text(PROGRAM.replace("NAME", repr(name)))
    return directory


def test_a_stack_that_is_opened_twice_is_the_same_stack(agb_stack: Callable[..., Any], tmp_path: Path) -> None:
    project = _project(tmp_path / "shop", "shop")
    made = agb_stack(project).up().outputs["id"].value
    assert agb_stack(project).outputs()["id"].value == made
    plan = agb_stack(project, config={"release": "2"}).preview()
    assert plan.change_summary == {"replace": 1, "same": 1}


def test_a_reopened_stack_runs_the_current_program(
    agb_stack: Callable[..., Any], agb_server: LocalServer, agb_api_key: str, tmp_path: Path
) -> None:
    project = _project(tmp_path / "shop", "shop")
    (project / "unused.py").write_text("")
    agb_stack(project).up()
    (project / "unused.py").unlink()
    program = project / "__main__.py"
    program.write_text(
        program.read_text().replace('"/a"', '"/b"') + "import os; assert not os.path.exists('unused.py')"
    )
    agb_stack(project).up()
    [context] = agb_server.contexts(agb_api_key)
    assert "/b" in agb_server.files(agb_api_key, context["id"])


def test_two_projects_in_one_test_have_separate_stacks(
    agb_stack: Callable[..., Any], agb_server: LocalServer, agb_api_key: str, tmp_path: Path
) -> None:
    first, second = (agb_stack(_project(tmp_path / name, name)) for name in ("first", "second"))
    first.up()
    second.up()
    first.destroy()
    assert [context["name"] for context in agb_server.contexts(agb_api_key)] == ["second"]
