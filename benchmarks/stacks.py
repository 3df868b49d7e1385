"""Stacks to measure, on the Pulumi CLI if it is on PATH, otherwise on the test engine."""

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
    """Return the name of the engine that runs the stacks."""
    return "the Pulumi CLI" if find_cli() else "the test engine"


@contextmanager
def projects(server: ServerProcess) -> Iterator[Callable[..., Any]]:
    """Provide projects that each have one stack.

    Args:
        server: server for the programs.

    Yields:
        A function that creates a project from a name, the text of its program and a directory, which the project sees
        as `files`. Each project has a module `idle.py`, whose resource accepts any properties and only sleeps for
        `seconds` when it is created.
    """
    settings = {"AGB_ENDPOINT": server.url, "AGB_API_KEY": KEY}
    os.environ |= settings
    try:
        with TemporaryDirectory(prefix="agbcontext-bench-") as scratch:
            yield lambda name, program, files=None: _stack(Path(scratch), name, program, files)
    finally:
        for name in settings:
            del os.environ[name]


def _stack(scratch: Path, name: str, program: str, files: Path | None) -> Any:
    directory = scratch / name
    directory.mkdir()
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (directory / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {runtime}\n")
    (directory / "idle.py").write_text(_PROVIDER)
    (directory / "__main__.py").write_text(program)
    if files:
        (directory / "files").symlink_to(files)
    if find_cli():
        return open_real_stack(directory, "dev", scratch / f"{name}-cli", _PASSPHRASE)
    return Stack(directory, passphrase=_PASSPHRASE)
