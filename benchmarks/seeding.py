"""Lines 1, 2, 3 and 5: many small files."""

from __future__ import annotations

import json
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
from pulumi_agbcontext.lifecycle.cloud import Session

SIZE = 4096
LATENCY = 0.02


def line_1(material: Material, sink: Sink) -> list[Row]:
    """2,000 files with no latency, and what else could have carried them."""
    files = material.files(2000, SIZE)
    session, wide, named = ours.open_session(sink.url), ours.DEFAULT_PARALLEL, ours.named(files)
    url = sink.url
    timings = in_turns(
        {
            "ours": lambda: ours.seed_files(session, named),
            "requests.Session, 16 threads": lambda: baselines.with_requests(url, files),
            "urllib3 pools": lambda: baselines.with_urllib3_pools(url, files, wide),
            "urllib3 connections": lambda: baselines.with_urllib3_connections(url, files, wide),
            "http.client connections": lambda: baselines.with_http_client(url, files, wide),
            "aiohttp": lambda: baselines.with_aiohttp(url, files, wide),
        }
    )
    rates = {name: timing.rate(len(files)) for name, timing in timings.items()}
    base = rates["requests.Session, 16 threads"]
    ratio = rates["ours"] / base
    rows = [
        Row(
            "1",
            "seed 2,000 files of 4 KiB, digests included",
            f"{rates['ours']:,.0f} files/s",
            f"requests.Session, 16 threads: {base:,.0f} files/s",
            f"1.8 times, aim 2.5: {ratio:.2f}",
            at_least(ratio, 1.8),
        )
    ]
    for name in list(rates)[2:]:
        work = f"the same calls bare, without deadlines or repeats: {name}, {wide} at once"
        rows.append(Row("1a", work, "", f"{rates[name]:,.0f} files/s, {rates[name] / base:.2f} times"))
    return rows


def line_2(material: Material, sink: Sink) -> list[Row]:
    """300 files, 20 ms an answer, beside the official SDK file by file."""
    files = material.files(300, SIZE)
    session, named = ours.open_session(sink.url), ours.named(files)
    with _delayed(sink), official_sdk(sink.url) as service:
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
            "seed 300 files of 4 KiB, 20 ms an answer",
            f"{rate:,.0f} files/s",
            f"agbcloud-sdk, file by file: {sdk:,.1f} files/s",
            f"25 times: {rate / sdk:.1f}",
            at_least(rate / sdk, 25),
        )
    ]


def line_3(material: Material, sink: Sink) -> list[Row]:
    """2,000 files, 20 ms an answer, beside what that many at once can do at best."""
    files = material.files(2000, SIZE)
    named, rows = ours.named(files), []

    def seeding(session: Session) -> Callable[[], None]:
        return lambda: ours.seed_files(session, named)

    with _delayed(sink):
        for wide in (32, 64):
            session, ideal = ours.open_session(sink.url, wide), wide / (2 * LATENCY)
            sink.counts()
            ours.seed_files(session, named)
            opened = sink.counts().connections
            rate = in_turns({"ours": seeding(session)})["ours"].rate(len(files))
            part = rate / ideal
            default = wide == ours.DEFAULT_PARALLEL
            rows += [
                Row(
                    f"3{'' if default else 'a'}",
                    f"seed 2,000 files of 4 KiB, 20 ms an answer, {wide} at once",
                    f"{rate:,.0f} files/s",
                    f"ideal: {ideal:,.0f} files/s",
                    f"{'75 %: ' if default else ''}{part:.0%}",
                    at_least(part, 0.75) if default else None,
                ),
                Row(
                    "3b",
                    f"connections opened, {wide} at once",
                    f"{opened}",
                    "as many and one a host",
                    f"{wide + 1}",
                    at_most(opened, wide + 1),
                ),
            ]
    return rows


def line_5(material: Material, sink: Sink) -> list[Row]:
    """10,000 files beside 1,000: time and memory."""
    many, few = (material.files(count, SIZE) for count in (10_000, 1000))
    session, named_many, named_few = ours.open_session(sink.url), ours.named(many), ours.named(few)
    timings = in_turns(
        {
            "many": lambda: ours.seed_files(session, named_many),
            "few": lambda: ours.seed_files(session, named_few),
        }
    )
    times = timings["many"].median / timings["few"].median
    grown = grown_memory(sink.url, str(many[0].parent))
    return [
        Row(
            "5",
            "seed 10,000 files of 4 KiB",
            f"{timings['many'].median:.2f} s",
            f"1,000 files: {timings['few'].median:.2f} s",
            f"at most 11 times: {times:.2f}",
            at_most(times, 11),
        ),
        Row(
            "5b",
            "memory of 10,000 files over idle",
            f"{grown / MIB:.1f} MiB",
            "idle: imported, connected, files named",
            "at most 32 MiB",
            at_most(grown / MIB, 32),
        ),
    ]


def grown_memory(endpoint: str, folder: str) -> int:
    """How many bytes a process of its own grows over idle while it seeds a folder.

    Args:
        endpoint: of the API.
        folder: of the files.
    """
    command = [sys.executable, "-m", "benchmarks.memory", endpoint, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout))


@contextmanager
def _delayed(sink: Sink) -> Iterator[None]:
    sink.delay(LATENCY)
    try:
        yield
    finally:
        sink.delay(0)
