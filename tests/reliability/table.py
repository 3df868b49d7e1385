"""Write the table of RELIABILITY.md from the counts of a complete run: `make reliability`."""

from __future__ import annotations

import sys
from pathlib import Path

from .tally import counted

PAGE = Path(__file__).parent.parent.parent / "RELIABILITY.md"
BEGIN, END = "<!-- counted: written by `make reliability` -->\n", "<!-- end -->\n"


def rows(page: str) -> dict[str, int]:
    """Read the table of a page."""
    lines = page.partition(BEGIN)[2].partition(END)[0].splitlines()[2:]
    cells = [line.strip("| ").split(" | ") for line in lines]
    return {what: int(number.replace(",", "")) for what, number, _ in cells}


def table(counts: dict[str, int]) -> str:
    """Return the text of the table. Write nothing after a run with a failure."""
    lines = [f"| {what} | {number:,} | 0 |\n" for what, number in sorted(counts.items())]
    return "".join(["| scenario | tested | failed |\n", "| --- | ---: | ---: |\n", *lines])


def write(tally: Path) -> None:
    """Replace the table of the page."""
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + table(counted(tally)) + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
