"""Line 8: digests, which take most of the time of a plan without changes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from benchmarks import ours
from benchmarks.material import Material
from benchmarks.measure import MIB, in_turns
from benchmarks.report import Row, at_least
from benchmarks.sink import Sink
from pulumi_agbcontext.lifecycle.files.expansion import check_files

COUNT = 1000
SIZE = 4 << 30


def line_8(material: Material, _sink: Sink) -> list[Row]:
    """Measure digests of 4 GiB in 1,000 files, compared with one `sha256sum` process on each core."""
    files = material.files(COUNT, SIZE // COUNT, "digests")
    named = ours.named(files)
    timings = in_turns({"ours": lambda: check_files({"files": named}), "sha256sum": lambda: _sha256sum(files)})
    rates = {name: timing.rate(SIZE / MIB) for name, timing in timings.items()}
    part = rates["ours"] / rates["sha256sum"]
    return [
        Row(
            "8",
            "digests of 4 GiB in 1,000 files",
            f"{rates['ours']:,.0f} MiB/s",
            f"sha256sum, {os.cpu_count()} at once: {rates['sha256sum']:,.0f} MiB/s",
            f"0.9 times: {part:.2f}",
            at_least(part, 0.9),
        )
    ]


def _sha256sum(files: list[Path]) -> None:
    cores = os.cpu_count() or 1
    shares = (files[core::cores] for core in range(cores))
    running = [subprocess.Popen(["sha256sum", *share], stdout=subprocess.DEVNULL) for share in shares]
    assert all(process.wait() == 0 for process in running)
