"""What the tests of the test engine share: programs written to a scratch folder, and the shelf their boxes are on."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.testing import Stack

PASSPHRASE = "open sesame"


@dataclass
class Workshop:
    """A project whose program can be rewritten, and what its providers made and did."""

    folder: Path
    shelf: Path

    def program(self, text: str) -> None:
        """Replace the program; `Box` and `pulumi` are imported for it."""
        body = "import pulumi\nfrom pulumi import ResourceOptions\nfrom boxes import Box\n" + textwrap.dedent(text)
        (self.folder / "__main__.py").write_text(body)

    def stack(self, **arguments: Any) -> Stack:
        """The project's stack."""
        return Stack(self.folder, **{"passphrase": PASSPHRASE, **arguments})

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
    folder, shelf = tmp_path / "project", tmp_path / "shelf"
    folder.mkdir()
    shelf.mkdir()
    (folder / "Pulumi.yaml").write_text("name: boxes\nruntime: python\n")
    shutil.copy(Path(__file__).with_name("boxes.py"), folder / "boxes.py")
    monkeypatch.setenv("BOXES", str(shelf))
    return Workshop(folder, shelf)
