"""Tests of replacements that the engine decides on or that were interrupted: nothing is lost and a remedy exists."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import Adapter, Dynamic, Life, Plugin, RefusedError
from .conftest import KEY


def replaced_by_a_dead_engine(life: Life, program: dict[str, Any], server: LocalServer, finished: bool = False) -> Life:
    """Delete the resource and create its successor without recording it, then start another command."""
    interrupted = copy.copy(life)
    interrupted.adapter.begin_command()
    interrupted.delete()
    cut_off = server.fault("Upload", "status", path=OWNER_RECORD, occurrence=2, times=9, status=400)
    cut_off.times = 0 if finished else cut_off.times
    with nullcontext() if finished else pytest.raises(RefusedError):
        interrupted.create(interrupted.check({}, program))
    cut_off.times = 0
    life.adapter.begin_command()
    return interrupted


@pytest.mark.parametrize("adopt", [True, False])
def test_a_replacement_that_creates_first_is_refused_and_destroys_nothing(
    adopt: bool, life: Life, agb_server: LocalServer
) -> None:
    program: Any = {"files": {"/a": "x"}, "adopt": adopt}
    life.up(**program)
    life.adapter.begin_command()
    life.check(life.inputs, program)
    successor = Life(life.adapter)
    with pytest.raises(RefusedError, match="Set the resource option `deleteBeforeReplace`"):
        successor.create(successor.check({}, program))
    assert holds(agb_server, KEY, life.id) == {"/a": b"x"}


def test_a_file_replaced_by_creating_first_is_refused_and_stays(
    plugin: Plugin, life: Life, agb_server: LocalServer
) -> None:
    life.up(name="data")
    program: Any = {"contextId": life.id, "path": "/f", "content": "x", "overwriteOnCreate": True}
    file, successor = Life(plugin, "ContextFile"), Life(plugin, "ContextFile")
    file.up(**program)
    plugin.begin_command()
    file.check(file.inputs, program)
    with pytest.raises(RefusedError, match="Set the resource option `deleteBeforeReplace`"):
        successor.create(successor.check({}, program))
    assert holds(agb_server, KEY, life.id) == {"/f": b"x"}


@pytest.mark.parametrize(
    ("program", "finished"),
    [({}, False), ({"name": "data"}, False), ({"name": "data", "adopt": True}, True)],
    ids=["derived-name", "explicit-name", "adopted"],
)
def test_a_replacement_interrupted_after_its_delete_is_continued(
    program: dict[str, Any], finished: bool, life: Life, agb_server: LocalServer
) -> None:
    before, after = ({**program, "files": {"/a": "x"}, "clearTriggers": [trigger]} for trigger in ("v1", "v2"))
    if program.get("adopt"):
        del before["adopt"]
    life.up(**before)
    interrupted = replaced_by_a_dead_engine(life, after, agb_server, finished)
    life.diff(life.check(life.inputs, after))  # the engine still passes the resource that it has deleted
    successor = Life(life.adapter)
    successor.create(successor.check({}, after))
    assert [context["id"] for context in agb_server.contexts(KEY)] == [interrupted.id] == [successor.id]
    assert holds(agb_server, KEY, successor.id) == {"/a": b"x"}


def test_a_replacement_that_finished_but_was_not_recorded_is_an_error_with_the_remedy(
    life: Life, agb_server: LocalServer
) -> None:
    before, after = ({"files": {"/a": "x"}, "clearTriggers": [trigger]} for trigger in ("v1", "v2"))
    life.up(**before)
    interrupted = replaced_by_a_dead_engine(life, after, agb_server, finished=True)
    life.diff(life.check(life.inputs, after))
    successor = Life(life.adapter)
    with pytest.raises(RefusedError, match="Set `adopt: true` to manage the context"):
        successor.create(successor.check({}, after))
    successor.create(successor.check({}, {**after, "adopt": True}))
    assert successor.id == interrupted.id


def test_a_file_whose_replacement_was_interrupted_after_its_delete_is_recreated(
    plugin: Plugin, life: Life, agb_server: LocalServer
) -> None:
    life.up(name="data")
    program: Any = {"contextId": life.id, "path": "/f", "content": "x"}
    file, successor = Life(plugin, "ContextFile"), Life(plugin, "ContextFile")
    file.up(**program)
    agb_server.remove_file(KEY, life.id, "/f")
    plugin.begin_command()
    file.check(file.inputs, program)
    successor.create(successor.check({}, program))
    assert holds(agb_server, KEY, life.id) == {"/f": b"x"}


def test_a_triggered_replacement_that_was_interrupted_is_continued(life: Life, agb_server: LocalServer) -> None:
    program: Any = {"files": {"/a": "x"}}
    life.up(**program)
    interrupted = replaced_by_a_dead_engine(life, program, agb_server)
    life.check(life.inputs, program)  # only the engine compares the trigger
    successor = Life(life.adapter)
    successor.create(successor.check({}, program))
    assert successor.id == interrupted.id
    assert holds(agb_server, KEY, successor.id) == {"/a": b"x"}


def test_a_triggered_replacement_that_finished_but_was_not_recorded_continues_once_the_context_is_deleted(
    life: Life, agb_server: LocalServer
) -> None:
    program: Any = {"files": {"/a": "x"}}
    life.up(**program)
    interrupted = replaced_by_a_dead_engine(life, program, agb_server, finished=True)
    life.check(life.inputs, program)
    successor = Life(life.adapter)
    with pytest.raises(RefusedError, match="delete that context, then run `pulumi up` again"):
        successor.create(successor.check({}, program))
    interrupted.destroy()
    assert successor.up(**program) == "create"
    assert holds(agb_server, KEY, successor.id) == {"/a": b"x"}


def test_a_context_that_a_resource_still_manages_is_not_deleted_with_an_older_state_entry(
    plugin: Plugin, life: Life, agb_server: LocalServer
) -> None:
    life.up(name="data")
    program: Any = {"contextId": life.id, "path": "/f", "content": "x"}
    file, older = Life(plugin, "ContextFile"), Life(plugin, "ContextFile")
    file.up(**program)
    older.id, older.outputs = file.id, file.outputs
    plugin.begin_command()
    file.diff(file.check(file.inputs, program))
    older.delete()
    assert holds(agb_server, KEY, life.id) == {"/f": b"x"}
    file.check({}, program)  # the engine replaces it anyway
    file.delete()
    assert holds(agb_server, KEY, life.id) == {}


def test_a_refreshed_resource_that_no_program_declares_is_deleted(life: Life, agb_server: LocalServer) -> None:
    life.up(name="data")
    life.adapter.begin_command()
    life.diff(life.inputs)
    life.delete()
    assert agb_server.contexts(KEY) == []


@pytest.mark.parametrize("kind", [Dynamic, Plugin])
def test_an_interrupted_replacement_keeps_the_region_from_the_configuration(
    kind: type[Adapter], start: Callable[..., Any], agb_server: LocalServer
) -> None:
    before, after = ({"name": "data", "clearTriggers": [trigger]} for trigger in ("v1", "v2"))
    life = Life(start(kind, region="ap-southeast-1"))
    life.up(**before)
    deleted = copy.copy(life)
    deleted.destroy()
    life.adapter = start(kind)
    life.diff(life.check(life.inputs, after))  # the engine still passes the resource that it has deleted
    successor = Life(life.adapter)
    successor.create(successor.check({}, after))
    assert [context["region"] for context in agb_server.contexts(KEY)] == ["ap-southeast-1"]
