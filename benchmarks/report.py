"""The results of the benchmarks: a table for the terminal and in Markdown, and a plot in SVG."""

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
        line: number in the table of goals; a letter after it marks an additional figure.
        work: what was measured.
        ours: figure of this package, with its unit.
        baseline: figure of the baseline, with its name.
        goal: goal and result; empty if there is no goal.
        score: 1.0 if the goal is just met, more if it is exceeded; None if there is no goal.
    """

    line: str
    work: str
    ours: str
    baseline: str
    goal: str = ""
    score: float | None = None

    @property
    def verdict(self) -> str:
        """Return whether the goal was met; empty if there is none."""
        return "" if self.score is None else "yes" if self.score >= 1 else "NO"


def at_least(value: float, goal: float) -> float:
    """Return the score of a figure that should be large."""
    return value / goal


def at_most(value: float, goal: float) -> float:
    """Return the score of a figure that should be small; the score of 0 is 2.0."""
    return min(2.0, goal / value) if value > 0 else 2.0


def exactly(value: object, goal: object) -> float:
    """Return the score of a figure that must equal the goal."""
    return 1.0 if value == goal else 0.0


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    cells = [("#", "work", "this package", "baseline", "goal", "met"), ("---",) * 6]
    cells += [(row.line, row.work, row.ours, row.baseline, row.goal, row.verdict) for row in rows]
    return "\n".join(f"| {' | '.join(cell)} |" for cell in cells)


def write(rows: Sequence[Row], remarks: Sequence[str]) -> Path:
    """Write table and plot to `results/`.

    Args:
        rows: rows of the table.
        remarks: sentences about the run.

    Returns:
        The file of the table.
    """
    RESULTS.mkdir(exist_ok=True)
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    head = [f"# `make bench`, {when}", "", f"{machine}. Median of five rounds after a warm-up, in alternation.", ""]
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
