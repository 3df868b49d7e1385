"""Tests of what is pickled into a state, and that the plugin unpickles nothing from it."""

from __future__ import annotations

import base64
import os
import pickle
import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import KEY, Dynamic, Life, Plugin

KINDS = {
    "Context": {"name": "data", "files": {"/a": "x"}},
    "ContextFile": {"path": "/f", "content": "y"},
    "ContextDirectory": {"path": "/d", "files": {"/b": "z"}},
}


class Trap:
    """An object whose pickle creates a file when it is loaded."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._file),)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickled_provider_contains_only_the_name_of_a_class_of_this_package(
    start: Callable[..., Any], kind: str
) -> None:
    dynamic = start(Dynamic)
    text = dynamic.inputs(kind, {"context_id": "SdkCtx-1", **KINDS[kind]} if kind != "Context" else KINDS[kind])
    pickled = base64.b64decode(text["__provider"])
    strings = [str(argument) for _, argument, _ in pickletools.genops(pickled) if isinstance(argument, str)]
    modules = [one for one in strings if "." in one]
    assert modules
    assert all(one.startswith("pulumi_agbcontext.dynamic.") for one in modules)
    assert len(pickled) < 200


@pytest.mark.parametrize("kind", KINDS)
def test_the_plugin_loads_no_pickle_from_a_state(
    plugin: Plugin, agb_server: LocalServer, tmp_path: Path, kind: str
) -> None:
    context = Life(plugin)
    context.create(context.check({}, KINDS["Context"]))
    life = context
    if kind != "Context":
        life = Life(plugin, kind, "other")
        life.create(life.check({}, {"contextId": context.id, **KINDS[kind]}))
    loaded = tmp_path / "loaded"
    trap = base64.b64encode(pickle.dumps(Trap(loaded))).decode()
    life.outputs["__provider"] = life.inputs["__provider"] = trap
    changed = {"contextId": context.id, **KINDS[kind]} if kind != "Context" else dict(KINDS[kind])
    changed |= {"content": "new"} if kind == "ContextFile" else {"files": {"/a": "new"}}
    news = life.check(life.inputs, changed)
    life.diff(news)
    life.update(news)
    life.refresh()
    assert b"new" in holds(agb_server, KEY, context.id).values()
    life.delete()
    assert not loaded.exists()


def test_the_trap_works(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "loaded")))  # noqa: S301  # our own pickle
    assert (tmp_path / "loaded").exists()
