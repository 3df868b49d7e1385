"""Tests of live status: two contexts that are seeded at once are distinguishable, through either adapter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.server import LocalServer

from .cli import on_the_cli
from .conftest import KEY
from .stage import Stage

FORM = re.compile(
    r"(\S+): uploading (\d+) of (\d+) files, [\d.]+ of ([\d.]+ KiB) \(\d+ files/s, about \d+ s remaining\)"
)


@pytest.mark.parametrize("adapter", ["dynamic", "plugin"])
@pytest.mark.parametrize("engine", ["test", pytest.param("cli", marks=on_the_cli)])
def test_progress_of_two_contexts_that_are_seeded_at_once_names_each_context(
    engine: str, adapter: str, agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    stage = Stage(tmp_path, engine, adapter, agb_server)
    contexts = {"training-data": 120, "prompts": 100}
    wanted = {name: {"files": {f"/{n}": "x" * 1024 for n in range(count)}} for name, count in contexts.items()}
    (stage.directory / "wanted.json").write_text(json.dumps({"adapter": adapter, "resources": wanted}))
    agb_server.behave(latency=0.3)
    lines: list[str] = []
    monkeypatch.setattr(Display, "status", lambda _display, _urn, message: lines.append(message))
    kept = stage._stack.up(on_output=lines.append).stdout
    found = {match.groups() for line in lines for match in [FORM.search(line)] if match}
    assert {(name, files, size) for name, _, files, size in found} == {
        ("training-data", "120", "120.0 KiB"),
        ("prompts", "100", "100.0 KiB"),
    }
    assert all(0 < int(done) < int(files) for _, done, files, _ in found)
    if engine == "test":  # without a terminal, the CLI prints the live status as lines
        assert "uploading" not in kept
