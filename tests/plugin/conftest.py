"""Provider processes of both adapters against a local Context API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .adapters import Adapter, Life, Plugin

KEY = "key-of-the-plugin-tests"


@pytest.fixture
def start(agb_server: LocalServer, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a provider process of a kind, in an empty program's folder, configured for the local server."""
    agb_server.behave(clear_seconds=0.1)
    started: list[Adapter] = []

    def start_one(kind: type[Adapter] = Plugin, **configuration: Any) -> Adapter:
        started.append(kind(tmp_path, **{"endpoint": agb_server.url, "apiKey": KEY, **configuration}))
        return started[-1]

    yield start_one
    for adapter in started:
        adapter.stop()


@pytest.fixture
def plugin(start: Callable[..., Any]) -> Plugin:
    """One plugin process."""
    process = start()
    assert isinstance(process, Plugin)
    return process


@pytest.fixture
def life(plugin: Plugin) -> Life:
    """A context of the plugin."""
    return Life(plugin)
