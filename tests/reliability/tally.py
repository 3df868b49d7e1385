"""Counters of this directory's suite for the table that `make reliability` writes."""

from __future__ import annotations

import json
import os
from pathlib import Path

VARIABLE = "AGB_RELIABILITY_TALLY"


def count(row: str, number: int = 1) -> None:
    """Add to a row of the table. Without the environment variable that names a file, nothing is counted.

    Args:
        row: row of the table.
        number: number of cases that ran and passed.
    """
    if path := os.environ.get(VARIABLE):
        with Path(path).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"row": row, "number": number}) + "\n")


def counted(path: Path) -> dict[str, int]:
    """Return the sum of the counts by row."""
    sums: dict[str, int] = {}
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        sums[entry["row"]] = sums.get(entry["row"], 0) + entry["number"]
    return sums
