"""Tests that a malformed state fails with the property and the fault, and that neither adapter prints its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.testing.engine.property_values import to_struct
from pulumi_agbcontext.testing.server import LocalServer

from .adapters import KEY, Adapter, Dynamic, Life, Plugin, RefusedError, Secret, reveal

CANARY = "canary-of-the-state"
WRONG: list[Any] = [[CANARY], {"key": CANARY}, {"key": {"below": [CANARY]}}, Secret([CANARY]), [{"a": CANARY}]]
# Values of the wrong type by property, for the outputs and the inputs of each resource type.
OUTPUTS: dict[str, dict[str, list[Any]]] = {
    "Context": {
        "files": [CANARY, [CANARY], {"/a": [CANARY]}, {"/a": {"/b": CANARY}}],
        "secretFiles": [CANARY, Secret(CANARY), Secret({"/a": [CANARY]}), {"/a": Secret({"b": CANARY})}],
        "name": WRONG,
        "ownerId": WRONG,
        "account": WRONG,
        "createdAt": WRONG,
        "region": WRONG,
        "clearTriggers": [CANARY, {"a": CANARY}],
        "clearTimeout": [CANARY, [CANARY]],
        "adopt": [CANARY, {"a": CANARY}],
        "driftCheck": [CANARY, [CANARY]],
        "generation": [CANARY, [CANARY], Secret(CANARY)],
        "fileCount": [CANARY],
    },
    "ContextFile": {
        "contextId": WRONG,
        "path": WRONG,
        "sha256": WRONG,
        "account": WRONG,
        "size": [CANARY, [CANARY]],
        "contextGeneration": [CANARY, [CANARY]],
        "overwriteOnCreate": [CANARY, {"a": CANARY}],
    },
}
INPUTS: dict[str, dict[str, list[Any]]] = {
    "Context": {key: OUTPUTS["Context"][key] for key in ("files", "secretFiles", "name", "region", "adopt")},
    "ContextFile": {
        "contextId": WRONG,
        "path": WRONG,
        "content": WRONG,
        "size": [CANARY, [CANARY]],
        "sha256": WRONG,
        "contextGeneration": [CANARY, [CANARY]],
    },
}


@pytest.fixture(params=[Dynamic, Plugin])
def adapter(request: pytest.FixtureRequest, start: Callable[..., Any]) -> Iterator[Adapter]:
    yield start(request.param)


def made(adapter: Adapter, kind: str) -> Life:
    """Return an existing resource with its state."""
    data = Life(adapter)
    data.create(data.check({}, {"name": "data", "files": {"/a": "x"}}))
    if kind == "Context":
        return data
    file = Life(adapter, "ContextFile", "file")
    file.create(file.check({}, {"contextId": data.id, "path": "/f", "content": "y"}))
    return file


def as_sent(adapter: Adapter, value: Any) -> Any:
    """Return a value as the engine sends it. A dynamic provider receives secrets as plain values."""
    return value if isinstance(adapter, Plugin) else reveal(value)


def read(life: Life) -> None:
    """Read the resource in the running process."""
    life.adapter.call("Read", provider_pb2.ReadRequest(id=life.id, urn=life.urn, properties=to_struct(life.outputs)))


def reported(call: Callable[[], object]) -> str:
    """Return what the engine would show for a call that fails."""
    with pytest.raises(RefusedError) as refused:
        call()
    return str(refused.value)


def assert_names_the_fault_alone(text: str, name: str) -> None:
    assert CANARY not in text
    assert re.search(rf"Cannot read the recorded properties of this resource: {name}\b", text), text
    assert "Traceback" not in text
    assert "\n" not in text


@pytest.mark.parametrize("kind", ["Context", "ContextFile"])
def test_malformed_outputs_are_named_and_not_printed(adapter: Adapter, agb_server: LocalServer, kind: str) -> None:
    life = made(adapter, kind)
    good, news = life.outputs, life.inputs
    since = len(agb_server.requests)
    for name, values in OUTPUTS[kind].items():
        for value in values:
            life.outputs = {**good, name: as_sent(adapter, value)}
            calls: list[Callable[[], object]] = [
                lambda: life.diff(news),
                lambda: life.update(news),
                lambda: read(life),
                life.delete,
            ]
            for call in calls:
                assert_names_the_fault_alone(reported(call), name)
    assert agb_server.requests[since:] == []
    life.outputs = good
    life.delete()


@pytest.mark.parametrize("kind", ["Context", "ContextFile"])
def test_malformed_inputs_are_named_and_not_printed(adapter: Adapter, agb_server: LocalServer, kind: str) -> None:
    life = made(adapter, kind)
    good = life.inputs
    since = len(agb_server.requests)
    for name, values in INPUTS[kind].items():
        for value in values:
            news = {**good, name: as_sent(adapter, value)}
            if name == "content":
                news.pop("contentBase64", None)
            calls: list[Callable[[], object]] = [
                lambda news=news: life.diff(news),  # type: ignore[misc]  # bound now
                lambda news=news: life.update(news),  # type: ignore[misc]
                lambda news=news: Life(adapter, kind, "other").create(news),  # type: ignore[misc]
            ]
            if isinstance(adapter, Plugin):
                calls.append(lambda news=news: life.update(news, preview=True))  # type: ignore[misc]
                calls.append(lambda news=news: Life(adapter, kind, "other").create(news, preview=True))  # type: ignore[misc]
            for call in calls:
                assert_names_the_fault_alone(reported(call), name)
    assert agb_server.requests[since:] == []
    assert [context["name"] for context in agb_server.contexts(KEY)] == ["data"]


@pytest.mark.parametrize("kind", ["Context", "ContextFile"])
def test_neither_malformed_old_inputs_nor_wrong_arguments_are_printed_by_check(adapter: Adapter, kind: str) -> None:
    life = made(adapter, kind)
    program: dict[str, Any] = {"files": {"/a": "x"}} if kind == "Context" else {"contextId": "c", "path": "/f"}
    for name, values in INPUTS[kind].items():
        for value in (as_sent(adapter, value) for value in values):
            for olds, news in (({**life.inputs, name: value}, program), (life.inputs, {**program, name: value})):
                try:
                    life.check(olds, news)
                except RefusedError as refused:
                    assert CANARY not in str(refused)
                    assert "Traceback" not in str(refused)


def test_a_missing_output_is_named(adapter: Adapter) -> None:
    life = made(adapter, "Context")
    life.outputs = {key: value for key, value in life.outputs.items() if key != "name"}
    assert "properties of this resource: name is missing" in reported(lambda: life.diff(life.inputs))
