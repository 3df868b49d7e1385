"""Tests without the `testing` extra: its pytest plugin is still loaded and breaks neither pytest nor the package."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BLOCK = "import sys\nfor name in {names}: sys.modules[name] = None  # an import of it fails, as if it were not there\n"
OF_THE_EXTRA = {"cryptography", "pytest", "pyyaml", "starlette", "uvicorn"}
MISSING = sorted(OF_THE_EXTRA - {"pyyaml"})  # pulumi requires pyyaml itself
PRODUCT = """
import importlib, pkgutil
import pulumi_agbcontext

def import_all(package):
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if found.name != "pulumi_agbcontext.testing":
            module = importlib.import_module(found.name)
            if found.ispkg:
                import_all(module)

import_all(pulumi_agbcontext)
for name in ("client", "functions", "plugin.server"):
    assert f"pulumi_agbcontext.{name}" in sys.modules
"""
TEST_OF_A_USER = """
def test_of_something_else(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("pulumi_agbcontext")
"""


def run_without(names: list[str], program: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a process that cannot import some packages."""
    command = [sys.executable, "-c", BLOCK.format(names=names) + program]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=100, check=False)


def test_the_extra_installs_exactly_the_packages_that_these_tests_block() -> None:
    asked = [Requirement(line) for line in requires("pulumi-agbcontext") or []]
    extra = {canonicalize_name(line.name) for line in asked if str(line.marker) == 'extra == "testing"'}
    assert extra == OF_THE_EXTRA


def test_pytest_runs_where_the_extra_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TEST_OF_A_USER)
    blocked = [name for name in MISSING if name != "pytest"]
    done = run_without(blocked, "import pytest\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider']))", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_every_module_of_the_product_is_imported_without_the_extra(tmp_path: Path) -> None:
    done = run_without(MISSING, PRODUCT, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
