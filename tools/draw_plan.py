"""Draw the plan in the README from a recording of the Pulumi CLI. With `--check`, report whether it is current."""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
PICTURE = DOCS / "plan.svg"
RECORDING = "preview --diff"  # the first recording of this command in plans.md: one file edited, one added, one deleted
LINE_HEIGHT, LETTER_WIDTH, MARGIN = 19, 7.25, 16  # in units of the picture
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
COLORS = {"+": "#7ee787", "-": "#ff7b72", "~": "#e3b341", "w": "#e3b341"}
PLAIN = "#c9d1d9"


def main() -> int:
    """Draw or check the picture. Return the exit status."""
    drawn = picture(plan().splitlines())
    if "--check" in sys.argv:
        current = PICTURE.exists() and PICTURE.read_text(encoding="utf-8") == drawn
        if not current:
            print("docs/plan.svg does not match the recording in docs/plans.md. Run `make docs`.", file=sys.stderr)
        return int(not current)
    PICTURE.write_text(drawn, encoding="utf-8")
    return 0


def plan() -> str:
    """Return the recording."""
    page = (DOCS / "plans.md").read_text(encoding="utf-8")
    _, _, found = page.partition(f"$ pulumi {RECORDING}\n")
    return found.partition("\n```")[0]


def picture(lines: list[str]) -> str:
    """Return terminal lines as SVG, each in the color of its first character."""
    width = round(max(map(len, lines)) * LETTER_WIDTH) + 2 * MARGIN
    height = len(lines) * LINE_HEIGHT + 2 * MARGIN
    rows = "".join(_row(number, line) for number, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        "<title>Output of `pulumi preview --diff`: the changes of the next `up`, file by file</title>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n'
        f'<g font-family="{FONT}" font-size="12">\n{rows}</g>\n</svg>\n'
    )


def _row(number: int, line: str) -> str:
    color = COLORS.get(line.strip()[:1], PLAIN)
    height = MARGIN + (number + 1) * LINE_HEIGHT - 6
    return f'<text x="{MARGIN}" y="{height}" fill="{color}" xml:space="preserve">{escape(line, quote=False)}</text>\n'


if __name__ == "__main__":
    sys.exit(main())
