"""Tests of two resources of one program with the same path: the error names the other resource, in both adapters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.holding import holds

from .conftest import KEY
from .stage import Stage


def file(context_id: str, content: str, path: str = "/f", **more: Any) -> dict[str, Any]:
    """Return a file in a context, with permission to overwrite."""
    return {"contextId": context_id, "path": path, "content": content, "overwriteOnCreate": True, **more}


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")], ids="-".join)
def test_two_file_resources_with_one_path_name_each_other(stage: Stage, order: tuple[str, str]) -> None:
    context = stage.create_as_another_program("data")
    program = {name: file(context, name) for name in order}
    stage.fails(r"the path '/f' is already used by resource '(one|two)'; remove it from one of them", **program)
    assert stage.up(one=program["one"])
    assert holds(stage.server, KEY, context) == {"/f": b"one"}


@pytest.mark.parametrize("first", ["file", "data"])
def test_a_file_resource_and_a_context_with_one_path_name_each_other(stage: Stage, first: str) -> None:
    context = stage.create_as_another_program("data")
    program: dict[str, dict[str, Any]] = {
        "file": file(context, "mine"),
        "data": {"name": "data", "adopt": True, "overwriteFiles": True, "files": {"/f": "seeded"}},
    }
    names = sorted(program, key=lambda name: name != first)
    reason = "resource '(file|data)' in this program already manages it. Remove|already used by resource '(file|data)'"
    stage.fails(reason, **{name: dict(program[name]) for name in names})
    stage.up(data=program["data"])
    assert holds(stage.server, KEY, context) == {"/f": b"seeded"}


def test_a_path_moves_from_one_file_resource_to_another_in_one_update_with_depends_on(stage: Stage) -> None:
    context = stage.create_as_another_program("data")
    stage.up(one=file(context, "one", "/a"))
    successor = file(context, "two", "/a", overwriteOnCreate=False, options={"dependsOn": "${one}"})
    assert stage.up(one=file(context, "one", "/b"), two=successor) == {"one": "replace", "two": "create"}
    assert holds(stage.server, KEY, context) == {"/a": b"two", "/b": b"one"}
