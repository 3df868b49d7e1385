"""Stacks to measure: on the Pulumi CLI where it is on PATH, else on the test engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.baselines import KEY
from benchmarks.local import ServerProcess
from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import find_cli, open_real_stack

_PASSPHRASE = "guards nothing"  # noqa: S105
_PROVIDER = """
import time
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class IdleProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        time.sleep(props.get("seconds", 0))
        return CreateResult("idle", props)

    def diff(self, id, olds, news):
        return DiffResult(changes=False)


class Idle(Resource, module="idle", name="Idle"):
    def __init__(self, name, **properties):
        super().__init__(IdleProvider(), name, properties)
"""


def engine() -> str:
    """The name of the engine that stacks run on."""
    return "the Pulumi CLI" if find_cli() else "the test engine"


@contextmanager
def projects(server: ServerProcess) -> Iterator[Callable[[str, str], Any]]:
    """Make projects, each with a stack of its own.

    Args:
        server: that their programs talk to.

    Returns:
        What makes one of a name and the text of its program; beside it stands `idle.py`, with a resource that does
        nothing but take properties, and sleep for `seconds` at its creation.
    """
    settings = {"AGB_ENDPOINT": server.url, "AGB_API_KEY": KEY}
    os.environ |= settings
    try:
        with TemporaryDirectory(prefix="agbcontext-bench-") as scratch:
            yield lambda name, program: _stack(Path(scratch), name, program)
    finally:
        for name in settings:
            del os.environ[name]


def _stack(scratch: Path, name: str, program: str) -> Any:
    folder = scratch / name
    folder.mkdir()
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {runtime}\n")
    (folder / "idle.py").write_text(_PROVIDER)
    (folder / "__main__.py").write_text(program)
    if find_cli():
        return open_real_stack(folder, "dev", scratch / f"{name}-cli", _PASSPHRASE)
    return Stack(folder, passphrase=_PASSPHRASE)
