"""Tests that both adapters send the same requests, record the same state and refuse with the same messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import Dynamic, Life, Plugin, RefusedError
from .cli import on_the_cli
from .conftest import KEY
from .stage import Stage

SEED = {"/a": "one", "/b/c": "two"}
DATA: dict[str, Any] = {"name": "data", "files": SEED}


def files(stage: Stage) -> None:
    assert stage.up(data=DATA) == {"data": "create"}
    assert stage.settled(data=DATA)
    edited = {"name": "data", "files": {"/a": "edited", "/d": "new"}}
    assert stage.up(data=edited) == {"data": "update"}
    stage.server.put_file(KEY, stage.ids[0], "/theirs", b"x")
    (stage.directory / "seed").mkdir()
    (stage.directory / "seed" / "x").write_text("in a directory")
    directory = {"name": "data", "files": {"/a/b": "below", "/seed": "seed/"}, "secretFiles": {"/key": "s"}}
    assert stage.up(data=directory) == {"data": "update"}
    assert holds(stage.server, KEY, stage.ids[0]).keys() == {"/a/b", "/seed/x", "/key", "/theirs"}
    assert stage.up(data={"name": "data"}) == {"data": "update"}
    assert holds(stage.server, KEY, stage.ids[0]) == {"/theirs": b"x"}


def names(stage: Stage) -> None:
    assert stage.up(data={"files": SEED}) == {"data": "create"}
    assert stage.settled(data={"files": SEED})
    assert stage.up(data=DATA) == {"data": "update"}
    assert stage.settled(data={"files": SEED})
    stage.create_as_another_program("taken")
    stage.fails("Could not rename .* to 'taken'", data={**DATA, "name": "taken"})
    assert [context["name"] for context in stage.server.contexts(KEY)] == ["data", "taken"]


def triggers_replace(stage: Stage) -> None:
    assert stage.up(data={**DATA, "clearTriggers": ["v1"]}) == {"data": "create"}
    [first] = stage.ids
    changed = {**DATA, "clearTriggers": ["v2", 2, {"a": 1, "b": True}], "clearBeforeDelete": True}
    assert stage.up(data=changed) == {"data": "replace"}
    assert first not in stage.ids
    both = {**changed, "name": "renamed", "clearTriggers": [None]}
    assert stage.up(data=both) == {"data": "replace"}
    assert stage.destroy() == {"data": "delete"}
    assert stage.ids == []


def triggers_in_place(stage: Stage) -> None:
    program = {**DATA, "clearInPlace": True}
    file = {"contextId": "${data.id}", "contextGeneration": "${data.generation}", "path": "/f", "content": "mine"}
    stage.up(data={**program, "clearTriggers": ["v1"]}, file=file)
    [id_] = stage.ids
    stage.server.put_file(KEY, id_, "/theirs", b"x")
    renamed = {**program, "name": "renamed", "clearTriggers": ["v2"]}
    assert stage.up(data=renamed, file=file) == {"data": "update", "file": "update"}
    assert stage.ids == [id_]
    assert holds(stage.server, KEY, id_).keys() == {*SEED, "/f"}
    assert stage.outputs("data")["generation"] == 2
    assert stage.settled(data=renamed, file=file)


def region_and_settings(stage: Stage) -> None:
    stage.up(data={**DATA, "region": "cn-hangzhou"})
    assert stage.up(data={**DATA, "region": "us-west"}) == {"data": "replace"}
    assert stage.settled(data=DATA)
    since = len(stage.server.requests)
    settings = {"driftCheck": "content", "clearTimeout": 90, "adopt": True}
    assert stage.up(data={**DATA, **settings}) == {"data": "update"}
    assert [record.operation for record in stage.server.requests[since:]] in ([], ["GetContext"])


def drift(stage: Stage) -> None:
    content = {**DATA, "driftCheck": "content"}
    stage.up(data=content)
    [id_] = stage.ids
    assert stage.refresh() == {"data": "refresh"}
    stage.server.remove_file(KEY, id_, "/a")
    stage.server.put_file(KEY, id_, "/b/c", b"owt")
    stage.refresh()
    assert stage.up(data=content) == {"data": "update"}
    assert holds(stage.server, KEY, id_) == {"/a": b"one", "/b/c": b"two"}
    assert stage.up(data={**DATA, "driftCheck": "none"}) == {"data": "update"}
    stage.server.remove_file(KEY, id_, "/a")
    stage.refresh()
    assert stage.settled(data={**DATA, "driftCheck": "none"})


def gone(stage: Stage) -> None:
    stage.up(data=DATA)
    stage.delete(stage.ids[0])
    stage.fails("was deleted outside this stack", data={"name": "data"})
    stage.refresh()
    assert stage.up(data=DATA) == {"data": "create"}


def refusal_and_adoption(stage: Stage) -> None:
    id_ = stage.create_as_another_program("data", theirs=b"x")
    stage.fails("already exists", data=DATA)
    assert holds(stage.server, KEY, id_) == {"/theirs": b"x"}
    adopting = {**DATA, "adopt": True, "clearTriggers": ["v1"]}
    assert stage.up(data=adopting) == {"data": "create"}
    assert holds(stage.server, KEY, id_).keys() == {*SEED, "/theirs"}
    assert "region" not in stage.outputs("data")
    assert stage.up(data={**adopting, "region": "cn-hangzhou"}) == {"data": "update"}
    assert stage.destroy() == {"data": "delete"}
    assert stage.ids == []


def failures_then_convergence(stage: Stage) -> None:
    stage.server.fault("Upload", "status", path="/b/c", status=400)
    stage.fails_half_way("Could not upload /b/c", data=DATA)
    stage.up_in_its_own_way(data=DATA)
    assert stage.settled(data=DATA)
    edited = {"name": "renamed", "files": {"/a": "edited", "/d": "new"}}
    stage.server.fault("Upload", "status", path="/d", status=400)
    stage.fails_half_way("Could not upload /d", data=edited)
    stage.up_in_its_own_way(data=edited)
    assert stage.settled(data=edited)
    assert holds(stage.server, KEY, stage.ids[0]) == {"/a": b"edited", "/d": b"new"}


def a_file_of_its_own(stage: Stage) -> None:
    id_ = stage.create_as_another_program("data", f=b"theirs")
    file: dict[str, Any] = {"contextId": id_, "path": "/f", "content": "one"}
    stage.fails("already exists", file=file)
    assert stage.up(file={**file, "overwriteOnCreate": True}) == {"file": "create"}
    file = {"contextId": id_, "path": "/f", "contentBase64": "AAE="}
    assert stage.up(file=file) == {"file": "update"}
    assert stage.up(file={**file, "path": "/g"}) == {"file": "replace"}
    stage.server.remove_file(KEY, id_, "/g")
    stage.refresh()
    assert stage.up(file={**file, "path": "/g"}) == {"file": "create"}
    assert stage.destroy() == {"file": "delete"}
    assert holds(stage.server, KEY, id_) == {}


def takeovers_cut_short(stage: Stage) -> None:
    file = {"contextId": "${new.id}", "path": "/f", "content": "x"}
    blocked = {"contextId": "${new.id}", "path": "/taken", "content": "${renamed.sha256}"}
    stage.up(old=DATA)
    [id_] = stage.ids
    stage.server.put_file(KEY, id_, "/taken", b"theirs")
    adopting = {**DATA, "adopt": True}
    stage.fails_half_way("/taken already exists", new=adopting, renamed=file, blocked=blocked)
    stage.up_in_its_own_way(new=adopting, renamed=file)  # the older record is deleted, and nothing with it
    assert holds(stage.server, KEY, id_).keys() == {*SEED, "/taken", "/f"}
    again = {**blocked, "content": "${again.sha256}"}
    stage.fails_half_way("/taken already exists", new=adopting, again=file, blocked=again)
    assert stage.up(new=adopting, again=file) == {"new": "same", "again": "same", "renamed": "delete"}
    assert stage.settled(new=adopting, again=file)
    assert holds(stage.server, KEY, id_).keys() == {*SEED, "/taken", "/f"}
    assert stage.up_after_refresh(new=adopting) == {"new": "same", "again": "delete"}
    assert holds(stage.server, KEY, id_).keys() == {*SEED, "/taken"}
    assert stage.up_after_refresh() == {"new": "delete"}
    assert stage.ids == []


def options(stage: Stage) -> None:
    ignoring = {**DATA, "options": {"ignoreChanges": ["files"], "retainOnDelete": True}}
    stage.up(data=ignoring)
    assert stage.settled(data={**ignoring, "files": {"/a": "other"}})
    triggered = {"options": {"replacementTrigger": 1, "deleteBeforeReplace": True, "protect": True}}
    stage.up(data={**DATA, **triggered})
    triggered["options"]["replacementTrigger"] = 2
    stage.fails("protect", data={**DATA, **triggered})
    triggered["options"]["protect"] = False
    assert stage.up(data={**DATA, **triggered}) == {"data": "replace"}
    stage.fails("/a", data={**DATA, **triggered}, file={"contextId": "${data.id}", "path": "/a", "content": "x"})


def a_directory_in_the_context_of_another_stack(stage: Stage) -> None:
    id_ = stage.create_as_another_program("workspace", theirs=b"x")
    docs: dict[str, Any] = {"contextId": id_, "path": "/docs", "files": SEED}
    assert stage.up(docs=docs) == {"docs": "create"}
    assert stage.settled(docs=docs)
    docs["files"] = {"/a": "edited", "/d": "new"}
    assert stage.up(docs=docs) == {"docs": "update"}
    assert holds(stage.server, KEY, id_) == {"/theirs": b"x", "/docs/a": b"edited", "/docs/d": b"new"}
    stage.server.remove_file(KEY, id_, "/docs/a")
    stage.refresh()
    assert stage.up(docs=docs) == {"docs": "update"}
    moved = {**docs, "path": "/notes"}
    assert stage.up(docs=moved) == {"docs": "replace"}
    assert holds(stage.server, KEY, id_).keys() == {"/theirs", "/notes/a", "/notes/d"}
    after = {"dependsOn": "${docs}"}  # so that both adapters meet the conflict in the same order
    stage.fails("/notes", docs=moved, file={"contextId": id_, "path": "/notes/a", "content": "x", "options": after})
    assert stage.destroy() == {"docs": "delete"}
    assert holds(stage.server, KEY, id_) == {"/theirs": b"x"}
    assert stage.ids == [id_]


def exclusive_contents(stage: Stage) -> None:
    id_ = stage.create_as_another_program("workspace")
    exclusive: dict[str, Any] = {"exclusive": True, "ignoreFiles": ["*.log"]}
    data, docs = {**DATA, **exclusive}, {"contextId": id_, "path": "/docs", "files": SEED, **exclusive}
    docs["options"] = {"dependsOn": "${data}"}
    assert stage.up(data=data, docs=docs) == {"data": "create", "docs": "create"}
    [own] = [context for context in stage.ids if context != id_]
    for context, directory in ((own, ""), (id_, "/docs")):
        for path in ("/theirs", "/changed", "/kept.log"):
            stage.server.put_file(KEY, context, directory + path, b"x")
    stage.refresh()
    stage.server.put_file(KEY, own, "/changed", b"y")
    stage.server.put_file(KEY, id_, "/docs/changed", b"y")
    stage.server.put_file(KEY, id_, "/beside", b"x")
    stage.fails("2 files", data={**data, "maxDeletes": 1}, docs=docs)
    assert stage.up(data={**data, "maxDeletes": 2}, docs=docs) == {"data": "update", "docs": "update"}
    assert holds(stage.server, KEY, own).keys() == {*SEED, "/changed", "/kept.log"}
    kept = {f"/docs{path}" for path in (*SEED, "/changed", "/kept.log")}
    assert holds(stage.server, KEY, id_).keys() == {*kept, "/beside"}
    assert stage.settled(data={**data, "maxDeletes": 2}, docs=docs)


def guards(stage: Stage) -> None:
    id_ = stage.create_as_another_program("workspace")
    data: dict[str, Any] = {**DATA, "forceDestroy": False}
    docs: dict[str, Any] = {"contextId": id_, "path": "/docs", "files": SEED, "options": {"dependsOn": "${data}"}}
    stage.up(data=data, docs=docs)
    [own] = [context for context in stage.ids if context != id_]
    stage.server.set_state(own, "in-use")
    stage.server.set_state(id_, "in-use")
    edited: dict[str, Any] = {"files": {"/a": "edited"}, "clearTimeout": 0.3, "clearPollInterval": 0.1}
    stage.fails_half_way(f"{own}.*in-use", data={**data, **edited, "whenInUse": "wait"}, docs=docs)
    stage.fails(id_, data=data, docs={**docs, **edited, "whenInUse": "fail"})
    assert holds(stage.server, KEY, own) == {path: text.encode() for path, text in SEED.items()}
    assert stage.up(data={**data, "files": {"/a": "1"}}, docs={**docs, "files": {}}) == {
        "data": "update",
        "docs": "update",
    }
    stage.server.set_state(own, "available")
    stage.server.put_file(KEY, own, "/theirs", b"x")
    stage.fails("/theirs", docs={**docs, "options": {}})
    stage.server.remove_file(KEY, own, "/theirs")
    assert stage.up() == {"data": "delete", "docs": "delete"}
    assert stage.ids == [id_]


CASES = [
    files,
    a_directory_in_the_context_of_another_stack,
    exclusive_contents,
    guards,
    names,
    triggers_replace,
    triggers_in_place,
    region_and_settings,
    drift,
    gone,
    refusal_and_adoption,
    failures_then_convergence,
    a_file_of_its_own,
    takeovers_cut_short,
    options,
]
CORNERS = (
    exclusive_contents,
    guards,
    region_and_settings,
    options,
    drift,
    takeovers_cut_short,
)  # combinations that seldom fail alone, run only by `make test-long`
ON_THE_CLI_IN_EVERY_RUN = (files, failures_then_convergence)


def _plays() -> list[Any]:
    plays = []
    for case in CASES:
        corner = [pytest.mark.long] if case in CORNERS else []
        plays.append(pytest.param("test", case, id=f"test-{case.__name__}", marks=corner))
        long = [] if case in ON_THE_CLI_IN_EVERY_RUN else [pytest.mark.long]
        plays.append(pytest.param("cli", case, id=f"cli-{case.__name__}", marks=[*on_the_cli, *long]))
    return plays


@pytest.mark.parametrize(("engine", "case"), _plays())
def test_both_adapters_send_the_same_requests_and_record_the_same_state(
    engine: str,
    case: Callable[[Stage], None],
    agb_server: LocalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    reported = []
    for adapter in ("dynamic", "plugin"):
        agb_server.reset()
        agb_server.behave(clear_seconds=0.1)
        stage = Stage(tmp_path / adapter, engine, adapter, agb_server)
        case(stage)
        reported.append(stage.reported)
    for number, (dynamic, plugin) in enumerate(zip(*reported, strict=True)):
        assert dynamic == plugin, f"command {number}"


BAD_INPUTS: list[dict[str, Any]] = [
    {"name": 5},
    {"name": " padded "},
    {"strange": 1},
    {"files": {"relative": "x"}},
    {"files": {"/a": "x", "/a/b": "x"}},
    {"clearTimeout": -1},
    {"clearTimeout": "soon"},
    {"driftCheck": "sometimes"},
    {"files": "all"},
    {"clearTriggers": "v1"},
    {"exclusive": "sometimes"},
    {"ignoreFiles": "*.log"},
    {"maxDeletes": -1},
    {"whenInUse": "hope"},
    {"forceDestroy": "never"},
]


def test_both_adapters_refuse_invalid_input_with_the_same_message(start: Callable[..., Any]) -> None:
    dynamic, plugin = Life(start(Dynamic)), Life(start(Plugin))
    for program in BAD_INPUTS:
        texts = [_refusal(life, program) for life in (dynamic, plugin)]
        assert texts[0] == texts[1]
        assert next(iter(program)) in texts[0]
        assert "\n" not in texts[0]


def _refusal(life: Life, program: dict[str, Any]) -> str:
    with pytest.raises(RefusedError) as refused:
        life.check({}, program)
    return str(refused.value)


def test_state_moves_from_the_dynamic_resource_to_the_plugin_and_back(
    start: Callable[..., Any], agb_server: LocalServer
) -> None:
    program: Any = {"name": "data", "files": SEED, "secretFiles": {"/key": "s"}, "clearTriggers": ["v1"]}
    program |= {
        "exclusive": True,
        "ignoreFiles": ["*.log"],
        "maxDeletes": 3,
        "whenInUse": "wait",
        "forceDestroy": False,
    }
    dynamic, plugin = Life(start(Dynamic)), Life(start(Plugin))
    dynamic.up(**program)
    since = len(agb_server.requests)
    plugin.id, plugin.outputs, plugin.inputs = dynamic.id, dynamic.outputs, dynamic.inputs
    assert plugin.up(**program) == "same"
    dynamic.outputs = plugin.outputs
    assert dynamic.up(**program) == "same"
    assert agb_server.requests[since:] == []


def test_an_imported_directory_adopts_the_existing_files_and_uploads_none(
    start: Callable[..., Any], agb_server: LocalServer
) -> None:
    """Let the create of the dynamic adapter, which has no import, recognize the files by their content."""
    program: Any = {"contextId": "", "path": "/docs", "files": SEED}
    dynamic, plugin = (Life(start(kind), "ContextDirectory", "docs") for kind in (Dynamic, Plugin))
    context = Life(start(Plugin))
    context.up(name="data")
    program["contextId"] = context.id
    assert dynamic.up(**program) == "create"
    since = len(agb_server.requests)
    assert plugin.imported(f"{context.id}/docs/")
    assert plugin.inputs == {"contextId": context.id, "path": "/docs"}
    assert plugin.up(**program) == "update"
    again = Life(start(Dynamic), "ContextDirectory", "docs")
    assert again.up(**program) == "create"
    asked = [record.operation for record in agb_server.requests[since:]]
    assert not {"Upload", "DeleteContextFile"} & set(asked)
    assert plugin.outputs["files"].keys() == again.outputs["files"].keys() == SEED.keys()
    assert not plugin.imported(f"{context.id}/elsewhere/")


def test_a_move_to_the_plugin_without_an_alias_adopts_the_context_and_deletes_nothing(
    start: Callable[..., Any], agb_server: LocalServer
) -> None:
    """Guard against 0.1, in which the dynamic resource that left the program deleted what the plugin had adopted."""
    program: Any = {"name": "data", "files": SEED}
    dynamic, plugin = Life(start(Dynamic)), Life(start(Plugin))
    dynamic.up(**program)
    with pytest.raises(RefusedError, match="already exists"):
        plugin.up(**program)
    assert plugin.up(**program, adopt=True) == "create"
    dynamic.destroy()
    assert holds(agb_server, KEY, plugin.id) == {path: text.encode() for path, text in SEED.items()}
