"""Tests of the plugin's plans: one line for each context, beside its resource."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import open_real_stack

from .adapters import KEY
from .cli import CLI, Program

PROGRAM = """
Context("data", ResourceOptions({options}), name={name!r}, files={files!r}, clearTriggers=[{trigger!r}],
        clearInPlace={in_place!r}, secretFiles={{"/key": "s"}})
"""
REPLACED = "ALL DATA IN THE CONTEXT WILL BE ERASED: it will be deleted and recreated with a new id"


@pytest.fixture(params=["test", pytest.param("cli", marks=pytest.mark.pulumi_cli)])
def stack(
    request: pytest.FixtureRequest, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Return a stack on each engine."""
    if request.param == "cli" and CLI is None:
        pytest.skip("NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
    monkeypatch.setenv("AGB_ENDPOINT", program.server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    write(program)
    if request.param == "test":
        yield Stack(program.directory, passphrase="open sesame", timeout=100)
    else:
        yield open_real_stack(program.directory, "dev", tmp_path, "open sesame", automation.Stack)


def write(program: Program, **changes: Any) -> None:
    """Write the program with some of its values changed."""
    values = {"options": "", "name": "data", "files": {"/a": "one", "/b": "two"}, "trigger": "v1", "in_place": False}
    program.write("python", python=PROGRAM.format(**{**values, **changes}))


def lines(stack: Any, program: Program, **changes: Any) -> list[str]:
    """Return the lines about the context in a preview of the changed program, which must send no request."""
    write(program, **changes)
    since = len(program.server.requests)
    result = stack.preview()
    assert program.server.requests[since:] == []
    text = f"{result.stdout}\n{result.stderr}"
    found = [line.partition("data: ")[2].strip() for line in text.splitlines() if " data: " in f" {line}"]
    return list(dict.fromkeys(found))


def test_a_create_an_update_and_no_change(stack: Any, program: Program) -> None:
    assert lines(stack, program) == ["3 files to add, 7 B to upload"]
    stack.up()
    assert lines(stack, program) == []
    assert lines(stack, program, files={"/a": "edited"}) == [
        "1 file to overwrite (/a), 1 file to delete (/b), 1 file unchanged, 6 B to upload"
        "; other files in the context are kept"
    ]


def test_erasures_are_announced_in_the_spelling_of_other_languages(stack: Any, program: Program) -> None:
    stack.up()
    [replaced] = lines(stack, program, trigger="v2")
    assert replaced == f"{REPLACED} (`clearTriggers` changed); 3 files to add, 7 B to upload"
    [cleared] = lines(stack, program, trigger="v2", in_place=True)
    assert cleared == (
        "ALL DATA IN THE CONTEXT WILL BE ERASED: it will be cleared and keeps its id "
        "(`clearTriggers` changed, `clearInPlace`); 3 files to add, 7 B to upload"
    )


@pytest.mark.parametrize(
    ("option", "change"),
    [("replacement_trigger={}", None), ("replace_on_changes=['name']", "other")],
    ids=["replacement_trigger", "replace_on_changes"],
)
def test_a_replacement_that_the_engine_decides_on_is_announced(
    option: str, change: str | None, stack: Any, program: Program
) -> None:
    write(program, options=option.format("'a'") + ", delete_before_replace=True")
    stack.up()
    options = option.format("'b'") + ", delete_before_replace=True"
    [line] = lines(stack, program, options=options, name=change or "data")
    assert line == f"{REPLACED}; 3 files to add, 7 B to upload"
