"""Record the state that the current code writes for each program without a recorded state."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from pulumi_agbcontext.testing.server import LocalServer
from tests.reliability.states import open_stack, programs


def record(program: Path) -> None:
    """Run a program against a local server and save its state with encrypted secrets."""
    with LocalServer() as server, tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"AGB_ENDPOINT": server.url, "AGB_API_KEY": "key-of-recorded-states"}
        folder = Path(shutil.copytree(program, Path(scratch) / "recorded"))
        stack = open_stack(folder)
        stack.up()
        state = stack.export_stack(show_secrets=False)
        text = json.dumps({"version": state.version, "deployment": state.deployment}, indent=1)
        (program / "state.json").write_text(text + "\n")


for one in programs():
    if not (one / "state.json").exists():
        record(one)
