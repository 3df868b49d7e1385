"""Line 14: an API with a limit of calls a second."""

from __future__ import annotations

import threading

from benchmarks import ours
from benchmarks.material import Material
from benchmarks.measure import timed
from benchmarks.report import Row, at_least, at_most
from benchmarks.sink import Counts, Sink

ALLOWED = 200
FIRST_SECONDS = 5


def line_14(material: Material, sink: Sink) -> list[Row]:
    """Measure 2,000 files with a limit of 200 calls a second."""
    named, rows = ours.named(material.files(2000, 4096)), []
    for library in ours.LIBRARIES:
        used, refused = _measured(sink, library, named)
        work = f"2,000 files, API limit of {ALLOWED} calls a second: {library}"
        used_goal, refused_goal = f"75%, ideally 85%: {used:.0%}", f"at most 10%, ideally 5%: {refused:.1%}"
        rows += [
            Row("14", work, f"{used * ALLOWED:,.0f} calls/s", f"{ALLOWED} calls/s", used_goal, at_least(used, 0.75)),
            Row(
                "14",
                f"refused after the first {FIRST_SECONDS} s",
                f"{refused:.1%}",
                "",
                refused_goal,
                at_most(refused, 0.1),
            ),
        ]
    return rows


def _measured(sink: Sink, library: str, named: dict[str, str]) -> tuple[float, float]:
    """Return the used share of the allowed calls, and the share of calls that were refused after the first seconds."""
    session = ours.open_session(sink.url, library=library)
    first: list[Counts] = []
    sink.allow(ALLOWED)
    sink.counts()
    timer = threading.Timer(FIRST_SECONDS, lambda: first.append(sink.counts()))
    timer.start()
    seconds = timed(lambda: ours.seed_files(session, named))
    later = sink.counts()
    sink.allow(0)
    return 2 * len(named) / seconds / ALLOWED, later.refused / later.requests
