"""Tests that run the tests of an example project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.nested import run_pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "testing"


@pytest.mark.timeout(300)
def test_the_tests_of_the_example_project_pass(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    done = run_pytest(str(project), project, seconds=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
