"""One core: both adapters ask the same of the server, end in the same state, and refuse in the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .adapters import Adapter, Dynamic, Life, Plugin, RefusedError, reveal
from .conftest import KEY

SEED = {"/a": "one", "/b/c": "two"}
IN_ITS_OWN_WAY = ("__provider", "createdAt")


@dataclass
class Stage:
    """Where a case plays: one context, one file, and the server."""

    adapter: Adapter
    server: LocalServer
    context: Life
    file: Life

    def ids(self) -> list[str]:
        return [context["id"] for context in self.server.contexts(KEY)]

    def somebodys(self, name: str = "data", **files: bytes) -> str:
        """Let somebody else make a context."""
        other = Life(type(self.adapter)(self.adapter.folder, endpoint=self.server.url, apiKey=KEY))
        other.up(name=name)
        for path, content in files.items():
            self.server.put_file(KEY, other.id, f"/{path}", content)
        other.adapter.stop()
        return other.id


def seed_and_nothing(stage: Stage) -> None:
    assert stage.context.up(name="data", files=SEED) == "create"
    assert stage.context.up(name="data", files=SEED) == "same"


def derived_name(stage: Stage) -> None:
    stage.context.up(files=SEED)
    assert stage.context.up(files=SEED) == "same"


def edits_of_files(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED)
    assert stage.context.up(name="data", files={"/a": "edited", "/d": "new"}) == "update"
    assert stage.context.up(name="data") == "update"


def a_file_becomes_a_folder(stage: Stage) -> None:
    stage.context.up(name="data", files={"/a": "x"})
    assert stage.context.up(name="data", files={"/a/b": "x"}) == "update"


def secret_files(stage: Stage) -> None:
    stage.context.up(name="data", files={"/a": "x"}, secretFiles={"/key": "s"})
    assert stage.context.up(name="data", files={"/a": "x"}, secretFiles={"/key": "t"}) == "update"


def rename(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED)
    assert stage.context.up(name="other", files=SEED) == "update"
    assert stage.context.up(files=SEED) == "same"


def a_trigger_replaces(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED, clearTriggers=["v1"])
    assert stage.context.up(name="data", files=SEED, clearTriggers=["v2", 2, {"a": 1}]) == "replace"
    assert stage.context.up(name="data", files=SEED, clearTriggers=["v2", 2.0, {"a": 1.0}]) == "same"


def a_trigger_clears_in_place(stage: Stage) -> None:
    program: Any = {"name": "data", "files": SEED, "clearInPlace": True}
    stage.context.up(**program, clearTriggers=["v1"])
    assert stage.context.up(**program, clearTriggers=["v2"]) == "update"
    assert stage.context.outputs["generation"] == 2


def another_region_replaces(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED, region="cn-hangzhou")
    assert stage.context.up(name="data", files=SEED, region="us-west") == "replace"
    assert stage.context.up(name="data", files=SEED) == "same"


def clear_before_delete(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED, clearBeforeDelete=True, clearTimeout=30)
    stage.context.destroy()


def settings_alone(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED)
    assert stage.context.up(name="data", files=SEED, driftCheck="content", clearTimeout=90, adopt=True) == "update"


def drift_is_seen_and_repaired(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED)
    stage.server.remove_file(KEY, stage.context.id, "/a")
    assert stage.context.refresh()
    assert stage.context.up(name="data", files=SEED) == "update"
    assert stage.context.refresh()
    assert stage.context.up(name="data", files=SEED) == "same"


def another_content_of_the_same_size(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED, driftCheck="content")
    stage.server.put_file(KEY, stage.context.id, "/a", b"eno")
    assert stage.context.refresh()
    assert stage.context.up(name="data", files=SEED, driftCheck="content") == "update"


def a_context_that_is_gone(stage: Stage) -> None:
    stage.context.up(name="data", files=SEED)
    old = (stage.context.id, stage.context.outputs, stage.context.inputs)
    stage.context.destroy()
    stage.context.id, stage.context.outputs, stage.context.inputs = old
    with pytest.raises(RefusedError, match="is gone"):
        stage.context.up(name="data", files={})
    assert not stage.context.refresh()
    assert stage.context.up(name="data", files=SEED) == "create"


def adoption(stage: Stage) -> None:
    stage.somebodys(theirs=b"x")
    with pytest.raises(RefusedError, match="exists already"):
        stage.context.up(name="data", files=SEED)
    assert stage.context.up(name="data", files=SEED, adopt=True) == "create"
    assert "region" not in stage.context.outputs
    assert stage.context.up(name="data", files=SEED, adopt=True, region="cn-hangzhou") == "update"


def the_life_of_a_file(stage: Stage) -> None:
    id_ = stage.somebodys()
    assert stage.file.up(contextId=id_, path="/f", content="one") == "create"
    assert stage.file.up(contextId=id_, path="/f", content="one") == "same"
    assert stage.file.up(contextId=id_, path="/f", contentBase64="AAE=") == "update"
    assert stage.file.up(contextId=id_, path="/g", contentBase64="AAE=") == "replace"
    assert stage.file.refresh()
    stage.server.remove_file(KEY, id_, "/g")
    assert not stage.file.refresh()


def a_file_that_is_there(stage: Stage) -> None:
    id_ = stage.somebodys(f=b"theirs")
    with pytest.raises(RefusedError, match="exists already"):
        stage.file.up(contextId=id_, path="/f", content="mine")
    assert stage.file.up(contextId=id_, path="/f", content="mine", overwriteOnCreate=True) == "create"
    stage.file.destroy()


CASES = [
    seed_and_nothing,
    derived_name,
    edits_of_files,
    a_file_becomes_a_folder,
    secret_files,
    rename,
    a_trigger_replaces,
    a_trigger_clears_in_place,
    another_region_replaces,
    clear_before_delete,
    settings_alone,
    drift_is_seen_and_repaired,
    another_content_of_the_same_size,
    a_context_that_is_gone,
    adoption,
    the_life_of_a_file,
    a_file_that_is_there,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.replace("_", "-"))
def test_both_adapters_ask_the_same_and_end_in_the_same_state(
    case: Callable[[Stage], None], start: Callable[..., Any], agb_server: LocalServer
) -> None:
    told = []
    for kind in (Dynamic, Plugin):
        agb_server.reset()
        agb_server.behave(clear_seconds=0.1)
        adapter = start(kind)
        stage = Stage(adapter, agb_server, Life(adapter), Life(adapter, "ContextFile"))
        case(stage)
        told.append((_asked(agb_server), _held(agb_server), _state(stage)))
    assert told[0] == told[1]
    assert told[0][0]


def _asked(server: LocalServer) -> list[tuple[str, str]]:
    """What the server was asked; polls of a state that takes its time count once, and transfers run in parallel."""
    asked = [(record.operation, record.path) for record in server.requests]
    if any(operation == "ClearContext" for operation, _ in asked):
        asked = sorted(set(asked), key=asked.index)
    transfers = ("GetContextFileUploadUrl", "Upload", "GetContextFileDownloadUrl", "Download", "DeleteContextFile")
    return [one for one in asked if one[0] not in transfers] + sorted(one for one in asked if one[0] in transfers)


def _held(server: LocalServer) -> list[tuple[str, dict[str, bytes]]]:
    return sorted((context["name"], server.files(KEY, context["id"])) for context in server.contexts(KEY))


def _state(stage: Stage) -> list[dict[str, Any]]:
    """The state of both resources, ids apart, which the server makes anew."""
    lives = (stage.context, stage.file)
    maps = [reveal(properties) for life in lives for properties in (life.outputs, life.inputs)]
    return [_without_ids({key: value for key, value in one.items() if key not in IN_ITS_OWN_WAY}) for one in maps]


def _without_ids(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: "an id" if key == "contextId" else value for key, value in properties.items()}


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
]


def test_both_adapters_refuse_bad_input_in_the_same_words(start: Callable[..., Any]) -> None:
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


def test_the_plugin_takes_over_the_state_of_the_dynamic_resource_and_back(
    start: Callable[..., Any], agb_server: LocalServer
) -> None:
    program: Any = {"name": "data", "files": SEED, "secretFiles": {"/key": "s"}, "clearTriggers": ["v1"]}
    dynamic, plugin = Life(start(Dynamic)), Life(start(Plugin))
    dynamic.up(**program)
    since = len(agb_server.requests)
    plugin.id, plugin.outputs, plugin.inputs = dynamic.id, dynamic.outputs, dynamic.inputs
    assert plugin.up(**program) == "same"
    dynamic.outputs = plugin.outputs
    assert dynamic.up(**program) == "same"
    assert agb_server.requests[since:] == []
