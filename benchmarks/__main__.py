"""`python -m benchmarks [LINE ...]`: measure lines of the table, by default all of them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from benchmarks import (
    clearing,
    connections,
    digests,
    large_file,
    many_contexts,
    planning,
    report,
    seeding,
    start_up,
    throttling,
)
from benchmarks.material import Material, material
from benchmarks.report import Row
from benchmarks.sink import Sink
from benchmarks.stacks import engine

LINES: dict[int, Callable[[Material, Sink], list[Row]]] = {
    1: seeding.line_1,
    2: seeding.line_2,
    3: seeding.line_3,
    4: large_file.line_4,
    5: seeding.line_5,
    6: planning.lines_6_and_7,
    8: digests.line_8,
    9: planning.line_9,
    10: planning.line_10,
    11: start_up.line_11,
    12: many_contexts.line_12,
    13: clearing.line_13,
    14: throttling.line_14,
    15: connections.line_15,
    16: large_file.line_16,
}


def main(chosen: list[int]) -> None:
    """Measure the lines and print them. After a complete run, write the table."""
    rows: list[Row] = []
    with material() as files, Sink() as sink:
        remarks = [
            f"Load average at the start: {os.getloadavg()[0]:.1f}; the stacks ran on {engine()}.",
            f"The sink can answer {sink.ceiling():,.0f} requests a second. Each file takes two requests.",
        ]
        for number in chosen or sorted(LINES):
            started = time.monotonic()
            for row in LINES[number](files, sink):
                rows.append(row)
                print(f"{row.line:>3}  {row.work}: {row.ours} | {row.baseline} | {row.goal} {row.verdict}", flush=True)
            print(f"     ({time.monotonic() - started:.0f} s)", file=sys.stderr)
    if chosen:
        print(report.table(rows))
    else:
        print(f"\n{report.table(rows)}\n\nWritten to {report.write(rows, remarks)}")


if __name__ == "__main__":
    main([int(number) for argument in sys.argv[1:] for number in argument.split(",") if number])
