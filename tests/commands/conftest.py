"""The commands against a local server, as processes and in this process."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.api.replica_lag import observe_all
from pulumi_agbcontext.commands import download, upload
from pulumi_agbcontext.commands.download_record import RECORD
from pulumi_agbcontext.commands.local_directory import PARTIAL
from pulumi_agbcontext.commands.run import main
from pulumi_agbcontext.testing.server import LocalServer

KEY = "key-of-the-command-tests"
MIB = 1 << 20


class Done(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


INTERRUPTED = Done(130, "", "Interrupted. Run the same command again to continue.\n")


@dataclass
class Commands:
    """The commands, with one context on a local server."""

    server: LocalServer
    context_id: str
    capture: pytest.CaptureFixture[str]

    def put(self, path: str, content: bytes) -> None:
        """Write a file to the context."""
        self.server.put_file(KEY, self.context_id, path, content)

    @property
    def stored(self) -> dict[str, bytes]:
        """Return the files in the context."""
        return self.server.files(KEY, self.context_id)

    def here(self, *arguments: object) -> Done:
        """Run a command in this process, which is faster."""
        self.capture.readouterr()
        code = main([str(argument) for argument in arguments])
        return Done(code, *self.capture.readouterr())

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command in a separate process."""
        command = [sys.executable, "-m", "pulumi_agbcontext", *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments: object) -> Done:
        """Run a command in a separate process."""
        return ended(self.start(*arguments))

    def kill_when(self, reached: Callable[[], bool], *arguments: object) -> None:
        """Start a command, and kill it as `kill -9` does once it reaches a point."""
        process = self.start(*arguments)
        wait_until(reached, process)
        process.kill()
        process.communicate()
        assert process.returncode == -9, "the command ended before the point was reached"


def ended(process: subprocess.Popen[str], seconds: float = 110) -> Done:
    """Wait until the command ends."""
    out, err = process.communicate(timeout=seconds)
    return Done(process.returncode, out, err)


def wait_until(reached: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 100) -> None:
    """Wait until a running command reaches a point."""
    end = time.monotonic() + seconds
    while process.poll() is None and not reached():
        assert time.monotonic() < end, "the command did not reach the point"
        time.sleep(0.002)


def local_files(directory: Path) -> dict[str, bytes]:
    """Return the complete files in a directory by their paths in a context, without the record of the download."""
    paths = [path for path in directory.rglob("*") if path.is_file() and not path.name.startswith((PARTIAL, RECORD))]
    return {f"/{path.relative_to(directory).as_posix()}": path.read_bytes() for path in paths}


def partial_bytes(directory: Path) -> int:
    """Return the size of the largest incomplete file in a directory."""
    sizes = [0]
    for path in directory.glob(f"{PARTIAL}*"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:  # it is complete now
            continue
    return max(sizes)


@pytest.fixture
def commands(agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    """Return the commands, with an empty context."""
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    for module in (download, upload):  # listings of a local server do not lag
        monkeypatch.setattr(module, "observe_all", functools.partial(observe_all, pauses=()))
    context = ContextService(Account(agb_server.url, KEY)).create("workspace").context
    assert context is not None
    return Commands(agb_server, context.id, capsys)


def write(directory: Path, files: dict[str, bytes]) -> None:
    """Write files by their paths in a context."""
    for path, content in files.items():
        file = directory / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def many_files(count: int, large: int) -> dict[str, bytes]:
    """Return small files in directories, and a large one."""
    block = os.urandom(MIB)
    files = {f"/d{number % 10}/{number}.txt": b"%d " % number * (number % 50) for number in range(count)}
    return {**files, "/large.bin": b"".join(bytes([number % 251]) + block[1:] for number in range(large // MIB))}
