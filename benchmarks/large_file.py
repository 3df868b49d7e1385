"""Lines 4 and 16: one large file."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks import ours
from benchmarks.baselines import CONTEXT
from benchmarks.material import Material
from benchmarks.measure import MIB, in_turns
from benchmarks.report import Row, at_least, at_most
from benchmarks.seeding import grown_memory
from benchmarks.sink import Sink
from pulumi_agbcontext.client.http.deadline import Deadline, within
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.files.apply import seed
from pulumi_agbcontext.lifecycle.files.expansion import check_files
from pulumi_agbcontext.lifecycle.files.location import Location

SIZE = 1 << 30


def line_4(material: Material, sink: Sink) -> list[Row]:
    """Measure 1 GiB, compared with `curl -T` after a hash of the file: both hash it once."""
    (file,) = material.files(1, SIZE, "large")
    named = ours.named([file])
    sessions = {library: ours.open_session(sink.url, library=library) for library in ours.LIBRARIES}
    checked, _ = check_files({"files": named})

    def upload(library: str) -> Callable[[], None]:
        return lambda: seed(sessions[library], ours.RESOURCE, Location(CONTEXT), {}, checked["files"])

    def whole(library: str) -> Callable[[], None]:
        return lambda: ours.seed_files(sessions[library], named)

    timings = in_turns(
        {
            **{library: whole(library) for library in ours.LIBRARIES},
            **{f"{library}, upload alone": upload(library) for library in ours.LIBRARIES},
            "curl": lambda: _curl(sink.url, file),
            "hash and curl": lambda: _hash_and_curl(sink.url, file),
        },
        rounds=3,
    )
    rates = {name: timing.rate(SIZE / MIB) for name, timing in timings.items()}
    base, rows = rates["hash and curl"], []
    for library in ours.LIBRARIES:
        upload_rate = rates[f"{library}, upload alone"]
        part = upload_rate / base
        grown = grown_memory(sink.url, str(file.parent), library)["memory"] / MIB
        rows += [
            Row(
                "4",
                f"upload one file of 1 GiB, hashed during the upload: {library}",
                f"{upload_rate:,.0f} MiB/s",
                f"hash it, then curl -T: {base:,.0f} MiB/s",
                f"0.9 times: {part:.2f}",
                at_least(part, 0.9),
            ),
            Row(
                "4a",
                f"the same with check, which also hashes it: {library}",
                f"{rates[library]:,.0f} MiB/s",
                f"curl -T, which does not hash: {rates['curl']:,.0f} MiB/s",
            ),
            Row(
                "4b",
                f"memory of the upload: {library}",
                f"{grown:.1f} MiB",
                "idle",
                "at most 32 MiB",
                at_most(grown, 32),
            ),
        ]
    return rows


def line_16(material: Material, sink: Sink) -> list[Row]:
    """Measure the cancellation of an upload of 1 GiB."""
    (file,) = material.files(1, SIZE, "large")
    checked, _ = check_files({"files": ours.named([file])})
    rows = []
    for library in ours.LIBRARIES:
        session = ours.open_session(sink.url, library=library)
        cancelled_at: list[float] = []
        with within(60) as scope:

            def cancel(scope: Deadline = scope, cancelled_at: list[float] = cancelled_at) -> None:
                cancelled_at.append(time.perf_counter())
                scope.cancel()

            threading.Timer(0.4, cancel).start()
            with suppress(AGBError):
                seed(session, ours.RESOURCE, Location(CONTEXT), {}, checked["files"])
        seconds = time.perf_counter() - cancelled_at[0]
        work = f"cancel an upload of 1 GiB in progress: {library}"
        rows.append(Row("16", work, f"{seconds:.2f} s", "", "within 1 s", at_most(seconds, 1)))
    return rows


def _hash_and_curl(endpoint: str, file: Path) -> None:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(MIB):
            digest.update(block)
    digest.hexdigest()
    _curl(endpoint, file)


def _curl(endpoint: str, file: Path) -> None:
    command = ["curl", "--silent", "--fail", "--header", "Expect:", "--upload-file", str(file)]
    subprocess.run([*command, f"{endpoint}/objects/large"], check=True)
