"""Tests of the plugin's installation from a directory or a git address, into YAML and TypeScript projects."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.holding import holds

from .adapters import KEY
from .cli import ROOT, Program, needs_npm, needs_yaml, on_the_cli
from .git_server import serve_repositories

pytestmark = [*on_the_cli, pytest.mark.long]
YAML_PROGRAM = """
name: shop
runtime: yaml
resources:
  data: {type: "agbcontext:Context", properties: {name: data, files: {/a: {fn::stringAsset: x}}}}
"""


@needs_yaml
def test_a_checkout_in_a_directory_is_added_as_a_package(program: Program, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tmp_path / "checkout")], check=True)
    _add_and_use(program, str(tmp_path / "checkout"))


@needs_yaml
def test_a_git_address_whose_release_is_tagged_is_added_as_a_package(program: Program, tmp_path: Path) -> None:
    repository = tmp_path / "repositories" / "maker" / "agbcontext.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ROOT), str(repository)], check=True)
    # For a git address, the CLI searches the tag of the version that the schema declares.
    subprocess.run(["git", "-C", str(repository), "tag", f"v{version('pulumi-agbcontext')}"], check=True)
    with _served(tmp_path) as (address, certificate):
        program.environment["SSL_CERT_FILE"] = str(certificate)
        _add_and_use(program, f"{address}/maker/agbcontext.git")


@contextmanager
def _served(scratch: Path) -> Iterator[tuple[str, Path]]:
    try:
        with serve_repositories(scratch / "repositories", scratch) as served:
            yield served
    except PermissionError:
        pytest.skip("NOT RUN: this user may not listen on port 443, and the CLI takes no git address with a port")


def _add_and_use(program: Program, source: str) -> None:
    (program.directory / "Pulumi.yaml").write_text(YAML_PROGRAM)
    program.run("package", "add", source, seconds=400)
    program.up()
    assert holds(program.server, KEY, program.contexts()["data"]) == {"/a": b"x"}


@needs_npm
def test_the_typescript_example_passes_the_strict_compiler_and_runs(program: Program) -> None:
    program.add_typescript()
    program.compile_typescript()
    program.up()
    [(name, context)] = program.contexts().items()
    assert sorted(holds(program.server, KEY, context)) == ["/data/orders.csv", "/prompt.md", "/report.txt"]
    assert holds(program.server, KEY, context)["/report.txt"] == f"The context is {name}.".encode()
    program.run("destroy", "--yes", "--skip-preview")
