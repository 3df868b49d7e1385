"""Tests that directories and plain strings have the same meaning in Python, YAML and TypeScript."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_agbcontext.testing import Stack
from tests.holding import holds

from .adapters import KEY
from .cli import Program, needs_npm, needs_yaml, on_the_cli

SEED = ("a.txt", ".env", ".git/config", "build/out.bin", "src/main.py", "src/main.pyc")
SEEDED = {"/data/a.txt", "/data/src/main.py", "/prompt.md"}
DYNAMIC = """
data = agb.Context("data", name="data", files={"/data": pulumi.FileArchive("seed"), "/prompt.md": "Be kind."},
                   exclude=["*.pyc"], respect_gitignore=True)
"""
PLUGIN_PYTHON = """
Context("data", name="data", files={"/data": pulumi.FileArchive("seed"), "/prompt.md": "Be kind."},
        exclude=["*.pyc"], respectGitignore=True)
"""
YAML = """
resources:
  data:
    type: agbcontext:Context
    properties:
      name: data
      files: {/data: {fn::fileArchive: seed}, /prompt.md: Be kind.}
      exclude: ["*.pyc"]
      respectGitignore: true
"""
TYPESCRIPT = """
import * as agbcontext from "@pulumi-agbcontext/agbcontext";
import * as pulumi from "@pulumi/pulumi";

new agbcontext.Context("data", {
    name: "data",
    files: { "/data": new pulumi.asset.FileArchive("seed"), "/prompt.md": "Be kind." },
    exclude: ["*.pyc"],
    respectGitignore: true,
});
"""


def seed(directory: Path) -> None:
    """Write a directory like those of real projects."""
    for name in SEED:
        file = directory / "seed" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (directory / "seed" / ".gitignore").write_text("build/\n")


def held(program: Program) -> dict[str, bytes]:
    return holds(program.server, KEY, program.contexts()["data"])


@pytest.mark.parametrize("text", [DYNAMIC, PLUGIN_PYTHON], ids=["dynamic", "plugin"])
def test_both_adapters_seed_the_same_files(program: Program, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", program.server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    seed(program.directory)
    program.write("python", python=text)
    stack = Stack(program.directory, passphrase="open sesame", timeout=100)
    stack.up()
    assert held(program).keys() == SEEDED
    assert held(program)["/prompt.md"] == b"Be kind."
    stack.preview(expect_no_changes=True)


class TestOnTheCli:
    pytestmark = on_the_cli

    @needs_yaml
    def test_yaml_seeds_the_same_files(self, program: Program) -> None:
        seed(program.directory)
        program.write("yaml", yaml=YAML)
        program.up()
        assert held(program).keys() == SEEDED
        assert held(program)["/prompt.md"] == b"Be kind."
        program.run("preview", "--expect-no-changes")

    @pytest.mark.long
    @needs_npm
    def test_typescript_seeds_the_same_files(self, program: Program) -> None:
        program.add_typescript()
        (program.directory / "index.ts").write_text(TYPESCRIPT)
        seed(program.directory)
        program.compile_typescript()
        program.up()
        assert held(program).keys() == SEEDED
        assert held(program)["/prompt.md"] == b"Be kind."


def test_text_that_looks_like_a_recorded_entry_is_treated_as_text(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", program.server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    (program.directory / "local.txt").write_text("x")
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of "x"
    text = f"1:{digest}:file:local.txt"
    program.write("python", python=f"Context('data', name='data', files={json.dumps({'/a': text})})")
    stack = Stack(program.directory, passphrase="open sesame", timeout=100)
    stack.up()
    assert held(program) == {"/a": text.encode()}
    stack.preview(expect_no_changes=True)


def test_files_under_ignore_changes_survive_a_replacement(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", program.server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    text = """
        Context("data", ResourceOptions(ignore_changes=["files"]), name="data", files={{"/a": "one"}},
                clearTriggers=[{trigger!r}])
        """
    stack = Stack(program.directory, passphrase="open sesame", timeout=100)
    for trigger in ("v1", "v2"):
        program.write("python", python=text.format(trigger=trigger))
        stack.up()
        assert held(program) == {"/a": b"one"}
