"""Tests that the server handles large bodies in little memory and starts quickly."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.server import LocalServer
from tests.processes import started

from .api import Api

MIB = 1024 * 1024
COMMAND = [sys.executable, "-m", "pulumi_agbcontext.testing", "serve"]


def peak_memory(process: subprocess.Popen[str]) -> int:
    """Return the peak memory of a process, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


class Stream:
    """A stream of a given number of bytes that are never in memory at once."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.digest = hashlib.sha256()

    def __len__(self) -> int:
        return self.left

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        chunk = (b"%015d\n" % self.left) * (min(size, self.left) // 16)
        self.left -= len(chunk)
        self.digest.update(chunk)
        return chunk


def check_memory(data: str, size: int) -> None:
    """Upload and download a given number of bytes, and check the memory of the server."""
    with started([*COMMAND, "--data", data]) as process:
        assert process.stdout is not None
        with Api(process.stdout.readline().split()[-1]) as api:
            context_id = api.create("memory")
            api.upload(context_id, "/small", b"content")
            before = peak_memory(process)
            stream = Stream(size)
            assert api.session.put(api.upload_url(context_id, "/big"), data=stream, timeout=60).status_code == 200
            digest = hashlib.sha256()
            with api.session.get(api.download_url(context_id, "/big"), stream=True, timeout=60) as answer:
                for chunk in answer.iter_content(MIB):
                    digest.update(chunk)
            after = peak_memory(process)
    assert digest.digest() == stream.digest.digest()
    assert after - before <= 16 * MIB


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_large_file_is_transferred_in_little_memory(tmp_path: Path, kind: str) -> None:
    check_memory(":memory:" if kind == "memory" else str(tmp_path), 128 * MIB)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_file_of_one_gibibyte_is_transferred_in_little_memory(tmp_path: Path, kind: str) -> None:
    check_memory(":memory:" if kind == "memory" else str(tmp_path), 1024 * MIB)


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """Return the processor time that a process has used, user and system."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_server_is_ready_within_half_a_second() -> None:
    with started(COMMAND) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on ")
        spent = processor_seconds(process)  # processor time, because other tests run at the same time
    assert spent < 0.5


@pytest.fixture(scope="module")
def crowded() -> Iterator[tuple[LocalServer, str]]:
    """Return the id of a context that contains 5,000 files."""
    with LocalServer() as server, Api(server.url) as api:
        context_id = api.create("memory")
        for number in range(5000):
            server.put_file(api.key, context_id, f"/{number % 100:02}/{number:05}", b"")
        yield server, context_id


def test_a_page_of_many_files_comes_quickly(crowded: tuple[LocalServer, str]) -> None:
    server, context_id = crowded
    with Api(server.url) as api:
        seconds = []
        for _ in range(5):
            start = time.monotonic()
            _, page = api.call("DescribeContextFiles", contextId=context_id, pageSize=100, pageNumber=45)
            seconds.append(time.monotonic() - start)
            assert (page["count"], len(page["data"])) == (5000, 100)
    assert min(seconds) < 0.05
