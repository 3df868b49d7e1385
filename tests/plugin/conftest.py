"""Provider processes of both adapters against a local Context API."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .adapters import KEY, Adapter, Life, Plugin
from .cli import CLI, Program, on_the_cli
from .stage import Stage


@pytest.fixture
def start(agb_server: LocalServer, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a provider process in the directory of an empty program, configured for the local server."""
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
    """Return one plugin process."""
    process = start()
    assert isinstance(process, Plugin)
    return process


@pytest.fixture
def life(plugin: Plugin) -> Life:
    """Return a context of the plugin."""
    return Life(plugin)


@pytest.fixture
def program(agb_server: LocalServer, tmp_path: Path) -> Program:
    """Return an empty project for either engine, in an environment that isolates the CLI from the user's files."""
    agb_server.behave(clear_seconds=0.1)
    (tmp_path / "backend").mkdir()
    (tmp_path / "shop").mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "AGB_"))}
    environment = {
        **kept,
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "open sesame",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "AGB_ENDPOINT": agb_server.url,
        "AGB_API_KEY": KEY,
    }
    made = Program(tmp_path / "shop", agb_server, environment)
    made.write("python")
    if CLI is not None:  # the test engine creates its own stacks
        made.run("stack", "init", "dev")
    return made


SCENES = [
    pytest.param((engine, adapter), id=f"{adapter}-{engine}", marks=on_the_cli if engine == "cli" else [])
    for engine in ("test", "cli")
    for adapter in ("dynamic", "plugin")
]


@pytest.fixture(params=SCENES)
def stage(
    request: pytest.FixtureRequest, tmp_path: Path, agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Return a stack for each adapter on each engine."""
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    engine, adapter = request.param
    yield Stage(tmp_path, engine, adapter, agb_server)
