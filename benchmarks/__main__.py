"""`python -m benchmarks [LINE ...]`: measure the lines of the table, all of them unless some are named."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks import report, seeding
from benchmarks.material import Material, material
from benchmarks.report import Row
from benchmarks.sink import Sink

LINES: dict[int, Callable[[Material, Sink], list[Row]]] = {
    1: seeding.line_1,
    2: seeding.line_2,
    3: seeding.line_3,
    5: seeding.line_5,
}


def main(chosen: list[int]) -> None:
    """Measure, print and write."""
    rows: list[Row] = []
    with material() as files, Sink() as sink:
        remarks = [f"The sink alone answers {sink.ceiling():,.0f} requests a second; a file takes two."]
        for number in chosen or sorted(LINES):
            started = time.monotonic()
            for row in LINES[number](files, sink):
                rows.append(row)
                print(f"{row.line:>3}  {row.work}: {row.ours} | {row.baseline} | {row.goal} {row.verdict}", flush=True)
            print(f"     ({time.monotonic() - started:.0f} s)", file=sys.stderr)
    if chosen:
        print(report.table(rows))
    else:
        print(f"\n{report.table(rows)}\n\nwritten to {report.write(rows, remarks)}")


if __name__ == "__main__":
    main([int(number) for argument in sys.argv[1:] for number in argument.split(",") if number])
