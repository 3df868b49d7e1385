"""Tests of a full disk, missing file descriptors and missing write permission: a clear error and no damage."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.plugin.adapters import Adapter, Dynamic, Life, Plugin, RefusedError

from .engine_life import PASSPHRASE, EngineLife
from .scenarios import KEY
from .server_process import ServerProcess
from .tally import count

FILES = {f"/{number}": f"content {number} " * 100 for number in range(60)}
ROW = "limits: no file descriptors, full disk, no write permission"


@pytest.mark.parametrize("kind", [Dynamic, Plugin])
def test_a_provider_without_file_descriptors_reports_it_and_continues_once_it_has_some(
    kind: type[Adapter], agb_server: LocalServer, tmp_path: Path
) -> None:
    life = Life(kind(tmp_path, endpoint=agb_server.url, apiKey=KEY))
    life.check({}, {"files": FILES})  # loads all modules
    pid = life.adapter._process.pid
    few = max(int(descriptor.name) for descriptor in Path(f"/proc/{pid}/fd").iterdir()) + 1
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (few, few))
    try:
        # If the C library cannot open a file to resolve a name, it reports that the name does not exist.
        with pytest.raises(RefusedError, match=r"open files|cannot be resolved"):
            life.up(files=FILES)
        life.adapter.stop()
        life.adapter._start()
        life.up(files=FILES)
        assert holds(agb_server, KEY, life.id) == {path: text.encode() for path, text in FILES.items()}
    finally:
        life.adapter.stop()
    assert len(agb_server.contexts(KEY)) == 1
    count(ROW)


@pytest.fixture
def full_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """Return a server that cannot write files above a given number of bytes, as on a full disk."""
    server = ServerProcess(tmp_path / "server")
    resource.prlimit(server._process.pid, resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    yield server
    server.stop()


def test_a_server_with_a_full_disk_keeps_its_data_and_continues_once_there_is_space(
    full_server: ServerProcess, tmp_path: Path
) -> None:
    life = Life(Plugin(tmp_path, endpoint=full_server.url, apiKey=KEY))
    try:
        life.up(name="data", files={"/kept": "kept"})
        with pytest.raises(RefusedError, match=r"Could not upload /large .* \(HTTP 500\)"):
            life.up(name="data", files={"/kept": "kept", "/large": "x" * 300_000})
        assert holds(full_server, KEY, life.id) == {"/kept": b"kept"}
        full_server.kill()
        full_server.start()
        life.up(name="data", files={"/kept": "kept", "/large": "x" * 300_000})
        assert holds(full_server, KEY, life.id) == {"/kept": b"kept", "/large": b"x" * 300_000}
    finally:
        life.adapter.stop()
    count(ROW)


def _on_a_full_disk() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))


def test_an_engine_that_cannot_write_its_state_reports_it_and_keeps_the_old_state(
    agb_server: LocalServer, tmp_path: Path
) -> None:
    life = EngineLife(tmp_path / "shop", "Context", endpoint=agb_server.url, apiKey=KEY)
    life.up(name="data", files={"/a": "one"})
    life.write({"name": "data", "files": {"/a": "two"}})
    # On a full disk, Python would write incomplete bytecode, with which no later process could start.
    environment = {"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_agbcontext.testing", "up", ".", "--skip-preview"],
        cwd=life.directory,
        env={**os.environ, **environment},
        preexec_fn=_on_a_full_disk,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode != 0
    assert "cannot write the state to" in done.stderr
    assert "Traceback" not in done.stderr
    life._observe()
    assert life.id
    life.up(name="data", files={"/a": "two"})
    assert holds(agb_server, KEY, life.id) == {"/a": b"two"}
    count(ROW)


@pytest.mark.parametrize(
    "use",
    [
        lambda shop: LocalServer(data="/sys/agb").start(),
        lambda shop: Stack(shop, state="/sys/agb/dev.json", passphrase=PASSPHRASE).up(),
    ],
    ids=["server", "engine"],
)
def test_a_directory_that_cannot_be_written_is_named(
    use: Callable[[Path], object], agb_server: LocalServer, tmp_path: Path
) -> None:
    life = EngineLife(tmp_path / "shop", "Context", endpoint=agb_server.url, apiKey=KEY)
    life.write({"name": "data"})
    with pytest.raises((OSError, CommandError), match="/sys/agb"):
        use(life.directory)
    assert agb_server.contexts(KEY) == []
    count(ROW)
