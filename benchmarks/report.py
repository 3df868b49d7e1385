"""What the benchmark says: a table on the screen and in Markdown, and a plot in SVG."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape
from pathlib import Path

RESULTS = Path(__file__).parent / "results"

_WIDTH, _LEFT, _ROW, _BAR = 900, 400, 26, 16


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        line: its number in the table of goals; letters after it mark what is reported beside it.
        work: what was done.
        ours: our figure, with its unit.
        baseline: the figure it is compared with, and of what.
        goal: what was to be reached; empty where nothing was.
        score: 1.0 where the goal is just reached, more where it is surpassed; None where there is none.
    """

    line: str
    work: str
    ours: str
    baseline: str
    goal: str = ""
    score: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the goal was reached; empty where there is none."""
        return "" if self.score is None else "yes" if self.score >= 1 else "NO"


def at_least(value: float, goal: float) -> float:
    """The score of a figure that ought to be large."""
    return value / goal


def at_most(value: float, goal: float) -> float:
    """The score of a figure that ought to be small; nothing at all is twice as good as asked for."""
    return min(2.0, goal / value) if value > 0 else 2.0


def exactly(value: object, goal: object) -> float:
    """The score of a figure that has to be one figure alone."""
    return 1.0 if value == goal else 0.0


def table(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    cells = [("#", "work", "ours", "baseline", "to reach", "reached"), ("---",) * 6]
    cells += [(row.line, row.work, row.ours, row.baseline, row.goal, row.verdict) for row in rows]
    return "\n".join(f"| {' | '.join(cell)} |" for cell in cells)


def write(rows: Sequence[Row], remarks: Sequence[str]) -> Path:
    """Write table and plot below `results/`.

    Args:
        rows: of the table.
        remarks: on the run, one sentence each.

    Returns:
        The file of the table.
    """
    RESULTS.mkdir(exist_ok=True)
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    head = [f"# `make bench`, {when}", "", f"{machine}. Median of five rounds after a warm-up, in turns.", ""]
    head += [line for remark in remarks for line in (remark, "")]
    file = RESULTS / "table.md"
    file.write_text("\n".join([*head, table(rows), "", "![Scores](plot.svg)", ""]))
    (RESULTS / "plot.svg").write_text(_plot([row for row in rows if row.score is not None]))
    return file


def _plot(rows: Sequence[Row]) -> str:
    height = _ROW * (len(rows) + 2)
    widest = max((row.score or 0 for row in rows), default=1.0)
    scale = (_WIDTH - _LEFT - 60) / max(widest, 2.0)
    goal = _LEFT + scale
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{goal}" y="16" text-anchor="middle" fill="#555">goal = 1</text>',
    ]
    for number, row in enumerate(rows):
        parts += _bar(row, _ROW * (number + 1), scale)
    parts.append(f'<path d="M{goal} 22V{height - _ROW}" stroke="#555" stroke-dasharray="4 3"/></svg>')
    return "\n".join(parts) + "\n"


def _bar(row: Row, top: int, scale: float) -> list[str]:
    score = row.score or 0
    colour = "#3b82a0" if score >= 1 else "#c2571a"
    middle = top + _BAR - 3
    return [
        f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{escape(f"{row.line}  {row.work}"[:62])}</text>',
        f'<rect x="{_LEFT}" y="{top}" width="{score * scale:.1f}" height="{_BAR}" fill="{colour}"/>',
        f'<text x="{_LEFT + score * scale + 6:.1f}" y="{middle}">{score:.2f}</text>',
    ]
