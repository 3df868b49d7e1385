"""States that each release wrote, with the programs that they belong to.

After a release that changes the state, copy the latest programs to a directory named after the new version, add the
new properties to them, and run `python -m tests.reliability.states`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pulumi.automation import Deployment

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import open_real_stack

FOLDER = Path(__file__).parent
PASSPHRASE = "of recorded states; it guards nothing"


def programs() -> list[Path]:
    """Return the directory of every recorded program: `<version>/<adapter>`."""
    return sorted(path.parent for path in FOLDER.glob("*/*/__main__.py"))


def open_stack(folder: Path, engine: str = "test") -> Any:
    """Open the stack of a copied program, on the test engine or the CLI."""
    settings = {
        "name": "recorded",
        "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
        "plugins": {"providers": [{"name": "agbcontext", "path": str(Path(sys.executable).parent)}]},
    }
    (folder / "Pulumi.yaml").write_text(json.dumps(settings))
    if engine == "test":
        return Stack(folder, passphrase=PASSPHRASE, timeout=60)
    return open_real_stack(folder, "dev", folder.parent / "scratch", PASSPHRASE)


def recorded(program: Path) -> Deployment:
    """Return the recorded state of a program."""
    state = json.loads((program / "state.json").read_text())
    return Deployment(state["version"], state["deployment"])
