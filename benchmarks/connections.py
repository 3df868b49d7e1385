"""Line 15: memory and descriptors of 128 connections over https."""

from __future__ import annotations

from benchmarks import ours
from benchmarks.material import Material
from benchmarks.measure import MIB
from benchmarks.report import Row, at_most
from benchmarks.seeding import grown_memory
from benchmarks.sink import Sink


def line_15(material: Material, _sink: Sink) -> list[Row]:
    """Measure 3,000 files over TLS at 50 ms latency, at which the limit reaches its ceiling."""
    (first, *_) = material.files(3000, 4096)
    rows = []
    with Sink(tls=material.directory) as sink:
        sink.delay(0.05)
        for library in ours.LIBRARIES:
            sink.counts()
            taken = grown_memory(sink.url, str(first.parent), library, REQUESTS_CA_BUNDLE=str(sink.bundle))
            work = f"3,000 files over https, {sink.counts().connections} connections: {library}"
            memory, descriptors = taken["memory"] / MIB, taken["descriptors"]
            rows += [
                Row("15", work, f"{memory:.1f} MiB", "idle", "at most 96 MiB", at_most(memory, 96)),
                Row("15", f"descriptors: {library}", f"{descriptors}", "", "at most 300", at_most(descriptors, 300)),
            ]
    return rows
