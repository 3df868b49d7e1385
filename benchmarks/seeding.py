"""Lines 1, 2, 3 and 5: many small files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks import baselines, ours
from benchmarks.material import Material
from benchmarks.measure import MIB, in_turns
from benchmarks.report import Row, at_least, at_most
from benchmarks.sdk import official_sdk
from benchmarks.sink import Sink
from pulumi_agbcontext.client.http import VARIABLE

SIZE = 4096
BARE = 16  # concurrent requests of a bare client without latency


def line_1(material: Material, sink: Sink) -> list[Row]:
    """Measure 2,000 files without latency, compared with other HTTP clients."""
    files = material.files(2000, SIZE)
    named, url = ours.named(files), sink.url
    timings = in_turns(
        {
            **{library: _seeding(sink, library, named) for library in ours.LIBRARIES},
            "requests.Session, 16 threads": lambda: baselines.with_requests(url, files),
            "urllib3 pools": lambda: baselines.with_urllib3_pools(url, files, BARE),
            "urllib3 connections": lambda: baselines.with_urllib3_connections(url, files, BARE),
            "aiohttp": lambda: baselines.with_aiohttp(url, files, BARE),
        }
    )
    rates = {name: timing.rate(len(files)) for name, timing in timings.items()}
    base = rates["requests.Session, 16 threads"]
    rows = []
    for library, goal, message in (("libcurl", 4.0, "4 times, ideally 6"), ("urllib3", 1.3, "1.3 times")):
        ratio = rates[library] / base
        rows.append(
            Row(
                "1",
                f"seed 2,000 files of 4 KiB, including digests: {library}",
                f"{rates[library]:,.0f} files/s",
                f"requests.Session, 16 threads: {base:,.0f} files/s",
                f"{message}: {ratio:.2f}",
                at_least(ratio, goal),
            )
        )
    for name in list(rates)[3:]:
        work = f"the same calls only, without deadlines and retries: {name}, {BARE} at once"
        rows.append(Row("1a", work, "", f"{rates[name]:,.0f} files/s, {rates[name] / base:.2f} times"))
    return rows


def line_2(material: Material, sink: Sink) -> list[Row]:
    """Measure 300 files at 20 ms latency, compared with the official SDK, which uploads one file at a time."""
    files = material.files(300, SIZE)
    session, named = ours.open_session(sink.url), ours.named(files)
    with delayed(sink, 0.02), official_sdk(sink.url) as service:
        timings = in_turns(
            {
                "ours": lambda: ours.seed_files(session, named),
                "sdk": lambda: baselines.with_official_sdk(service, files),
            }
        )
    rate, sdk = timings["ours"].rate(len(files)), timings["sdk"].rate(len(files))
    return [
        Row(
            "2",
            "seed 300 files of 4 KiB, 20 ms latency",
            f"{rate:,.0f} files/s",
            f"agbcloud-sdk, file by file: {sdk:,.1f} files/s",
            f"25 times: {rate / sdk:.1f}",
            at_least(rate / sdk, 25),
        )
    ]


def line_3(material: Material, sink: Sink) -> list[Row]:
    """Measure 5,000 files at two latencies with default settings, compared with the limit of 128 connections."""
    named, rows = ours.named(material.files(5000, SIZE)), []
    for latency, goals in ((0.05, {"libcurl": 0.75, "urllib3": 0.45}), (0.1, {"libcurl": 0.75, "urllib3": 0.75})):
        ideal = ours.DEFAULT_PARALLEL / (2 * latency)
        with delayed(sink, latency):
            # Each round uses a new session, and therefore starts at the initial limit.
            timings = in_turns({library: _seeding(sink, library, named) for library in ours.LIBRARIES}, rounds=3)
        for library, goal in goals.items():
            rate = timings[library].rate(len(named))
            rows.append(
                Row(
                    "3",
                    f"seed 5,000 files of 4 KiB, {latency * 1000:.0f} ms latency, default settings: {library}",
                    f"{rate:,.0f} files/s",
                    f"limit of 128 connections: {ideal:,.0f} files/s",
                    f"{goal:.0%}: {rate / ideal:.0%}",
                    at_least(rate / ideal, goal),
                )
            )
    return rows


def line_5(material: Material, sink: Sink) -> list[Row]:
    """Measure time and memory of 10,000 files, compared with 1,000."""
    many, few = (material.files(count, SIZE) for count in (10_000, 1000))
    session, named_many, named_few = ours.open_session(sink.url), ours.named(many), ours.named(few)
    archive = material.archive(many)
    named_archive = ours.named_archive(archive)
    timings = in_turns(
        {
            "many": lambda: ours.seed_files(session, named_many),
            "few": lambda: ours.seed_files(session, named_few),
            "archive": lambda: ours.seed_files(session, named_archive),
        }
    )
    times = timings["many"].median / timings["few"].median
    rows = [
        Row(
            "5",
            "seed 10,000 files of 4 KiB",
            f"{timings['many'].median:.2f} s",
            f"1,000 files: {timings['few'].median:.2f} s",
            f"at most 11 times: {times:.2f}",
            at_most(times, 11),
        )
    ]
    rate = timings["many"].median / timings["archive"].median
    rows.append(
        Row(
            "5c",
            "seed 10,000 members of a zip archive",
            f"{timings['archive'].median:.2f} s",
            f"10,000 files: {timings['many'].median:.2f} s",
            f"at least as fast: {rate:.2f}",
            at_least(rate, 1.0),
        )
    )
    grown = grown_memory(sink.url, str(archive), "libcurl")["memory"] / MIB
    work = "memory of 10,000 members of a zip archive above idle"
    rows.append(Row("5c", work, f"{grown:.1f} MiB", "idle: imported, connected", "at most 64 MiB", at_most(grown, 64)))
    for library in ours.LIBRARIES:
        grown = grown_memory(sink.url, str(many[0].parent), library)["memory"]
        rows.append(
            Row(
                "5b",
                f"memory of 10,000 files above idle: {library}",
                f"{grown / MIB:.1f} MiB",
                "idle: imported, connected, files named",
                "at most 32 MiB",
                at_most(grown / MIB, 32),
            )
        )
    return rows


def grown_memory(endpoint: str, directory: str, library: str, **environment: str) -> dict[str, int]:
    """Return the memory above idle and the descriptors that a separate process needs to seed files.

    Args:
        endpoint: endpoint of the API.
        directory: directory of the files, or an archive.
        library: HTTP library.
        environment: additional environment variables of the process.
    """
    command = [sys.executable, "-m", "benchmarks.memory", endpoint, directory]
    variables = {**os.environ, VARIABLE: library, **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    return dict(json.loads(done.stdout))


def _seeding(sink: Sink, library: str, named: dict[str, str]) -> Callable[[], None]:
    return lambda: ours.seed_files(ours.open_session(sink.url, library=library), named)


@contextmanager
def delayed(sink: Sink, seconds: float) -> Iterator[None]:
    """Delay every response of a sink within a `with` block.

    Args:
        sink: server of the calls.
        seconds: time between the end of a request and its response.
    """
    sink.delay(seconds)
    try:
        yield
    finally:
        sink.delay(0)
