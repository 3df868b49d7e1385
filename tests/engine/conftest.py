"""Fixtures for tests of the test engine: a temporary project and the directory of its boxes."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing.engine.real import find_cli

from .engines import open_stack


@dataclass
class Workshop:
    """A project with a program that can be rewritten, its boxes and the log of its providers."""

    directory: Path
    shelf: Path

    def program(self, text: str) -> None:
        """Replace the program. `Box` and `pulumi` are imported for it."""
        body = "import pulumi\nfrom pulumi import Output, ResourceOptions\nfrom boxes import Box, Crate\n"
        (self.directory / "__main__.py").write_text(body + textwrap.dedent(text))

    def stack(self, engine: str = "test", lean: bool = False) -> Any:
        """Open the project's stack on an engine, `test` or `cli`. Set `lean` if results of commands are not used."""
        return open_stack(engine, self.directory, self.directory.parent, lean)

    @property
    def boxes(self) -> dict[str, dict[str, Any]]:
        """Return every existing box by id."""
        return {file.stem: json.loads(file.read_text()) for file in self.shelf.glob("*.json")}

    @property
    def labels(self) -> list[str]:
        """Return the sorted labels of all boxes."""
        return sorted(box["label"] for box in self.boxes.values())

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Return the logged operations of the providers in order. `names` selects kinds of operations."""
        log = self.shelf / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [event for event in map(json.loads, lines) if not names or event["event"] in names]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Return an empty project named `boxes`."""
    directory, shelf = tmp_path / "project", tmp_path / "shelf"
    directory.mkdir()
    shelf.mkdir()
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    plugin = f"{{name: agbcontext, path: {Path(sys.executable).parent}}}"
    (directory / "Pulumi.yaml").write_text(f"name: boxes\nruntime: {runtime}\nplugins: {{providers: [{plugin}]}}\n")
    for module in ("boxes.py", "plugged.py"):
        shutil.copy(Path(__file__).with_name(module), directory / module)
    monkeypatch.setenv("BOXES", str(shelf))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # programs are rewritten within one second
    return Workshop(directory, shelf)


BOTH = ["test", pytest.param("cli", marks=pytest.mark.pulumi_cli)]


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest) -> str:
    """Return each engine; the CLI only if it is installed."""
    if request.param == "cli" and find_cli() is None:
        pytest.skip("NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
    return str(request.param)
