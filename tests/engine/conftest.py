"""What the tests of the test engine share: programs written to a scratch folder, and the shelf their boxes are on."""

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
    """A project whose program can be rewritten, and what its providers made and did."""

    directory: Path
    shelf: Path

    def program(self, text: str) -> None:
        """Replace the program; `Box` and `pulumi` are imported for it."""
        body = "import pulumi\nfrom pulumi import Output, ResourceOptions\nfrom boxes import Box, Crate\n"
        (self.directory / "__main__.py").write_text(body + textwrap.dedent(text))

    def stack(self, engine: str = "test", lean: bool = False) -> Any:
        """The project's stack on an engine, `test` or `cli`; lean where nobody looks at the results of commands."""
        return open_stack(engine, self.directory, self.directory.parent, lean)

    @property
    def boxes(self) -> dict[str, dict[str, Any]]:
        """Every box there is, by id."""
        return {file.stem: json.loads(file.read_text()) for file in self.shelf.glob("*.json")}

    @property
    def labels(self) -> list[str]:
        """The labels of all boxes, sorted."""
        return sorted(box["label"] for box in self.boxes.values())

    def events(self, *names: str) -> list[dict[str, Any]]:
        """What providers did, in order; `names` picks the kinds."""
        log = self.shelf / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [event for event in map(json.loads, lines) if not names or event["event"] in names]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """An empty project named `boxes`."""
    directory, shelf = tmp_path / "project", tmp_path / "shelf"
    directory.mkdir()
    shelf.mkdir()
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    plugin = f"{{name: agbcontext, path: {Path(sys.executable).parent}}}"
    (directory / "Pulumi.yaml").write_text(f"name: boxes\nruntime: {runtime}\nplugins: {{providers: [{plugin}]}}\n")
    for module in ("boxes.py", "plugged.py"):
        shutil.copy(Path(__file__).with_name(module), directory / module)
    monkeypatch.setenv("BOXES", str(shelf))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # programs are rewritten within a second
    return Workshop(directory, shelf)


BOTH = ["test", pytest.param("cli", marks=pytest.mark.pulumi_cli)]


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn; the CLI wherever it is found."""
    if request.param == "cli" and find_cli() is None:
        pytest.skip("NOT RUN ON THE REAL ENGINE: there is no pulumi on PATH")
    return str(request.param)
