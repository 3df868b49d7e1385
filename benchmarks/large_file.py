"""Line 4: one large file."""

from __future__ import annotations

import hashlib
import http.client
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import ours
from benchmarks.baselines import CONTEXT
from benchmarks.material import Material
from benchmarks.measure import MIB, in_turns
from benchmarks.report import Row, at_least, at_most
from benchmarks.seeding import grown_memory
from benchmarks.sink import Sink
from pulumi_agbcontext.lifecycle.seed import check_files
from pulumi_agbcontext.lifecycle.seeding import seed

SIZE = 1 << 30


def line_4(material: Material, sink: Sink) -> list[Row]:
    """1 GiB, beside a plain upload that hashes it on the way."""
    (file,) = material.files(1, SIZE, "large")
    session, named = ours.open_session(sink.url), ours.named([file])
    checked, _ = check_files({"files": named})
    timings = in_turns(
        {
            "ours": lambda: seed(session, ours.RESOURCE, CONTEXT, {}, checked["files"]),
            "whole": lambda: ours.seed_files(session, named),
            "plain": lambda: _plain_put(sink.url, file),
            "curl": lambda: _curl(sink.url, file),
        }
    )
    rates = {name: timing.rate(SIZE / MIB) for name, timing in timings.items()}
    grown = grown_memory(sink.url, str(file.parent)) / MIB
    part = rates["ours"] / rates["plain"]
    return [
        Row(
            "4",
            "upload one file of 1 GiB and compare its digest on the way",
            f"{rates['ours']:,.0f} MiB/s",
            f"http.client, hashing on the way: {rates['plain']:,.0f} MiB/s",
            f"0.95 times: {part:.2f}",
            at_least(part, 0.95),
        ),
        Row(
            "4a",
            "the same with check, which hashes it once more before",
            f"{rates['whole']:,.0f} MiB/s",
            f"curl -T, which does not hash: {rates['curl']:,.0f} MiB/s",
        ),
        Row(
            "4b",
            "memory of it over idle",
            f"{grown:.1f} MiB",
            "idle: imported, connected, file named",
            "at most 32 MiB",
            at_most(grown, 32),
        ),
    ]


def _plain_put(endpoint: str, file: Path) -> None:
    parts = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    digest = hashlib.sha256()

    def blocks() -> Iterator[bytes]:
        with file.open("rb") as stream:
            while block := stream.read(MIB):
                digest.update(block)
                yield block

    connection.request("PUT", "/objects/large", body=blocks(), headers={"Content-Length": str(SIZE)})
    assert connection.getresponse().read() == b""
    digest.hexdigest()
    connection.close()


def _curl(endpoint: str, file: Path) -> None:
    command = ["curl", "--silent", "--fail", "--header", "Expect:", "--upload-file", str(file)]
    subprocess.run([*command, f"{endpoint}/objects/large"], check=True)
