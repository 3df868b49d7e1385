"""Draw the README's picture of a plan from a real one; `--check` only says whether it is current.

The quickstart's program runs on the test engine against a local Context API: seeded by `up`, then one file is edited,
one added and one taken out, and `preview` says what the next `up` would do.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from html import escape
from pathlib import Path

from pulumi_agbcontext.testing import LocalServer, Stack

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "plan.svg"
EXAMPLE_ID = "SdkCtx-04ml3r7wphp8nq2la"  # ids are others at every run
LINE_HEIGHT, LETTER_WIDTH, MARGIN = 19, 7.25, 16  # in units of the picture
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
COLORS = {"+": "#7ee787", "-": "#ff7b72", "~": "#e3b341"}
PLAIN = "#c9d1d9"


def main() -> int:
    """Draw or check the picture; gives the exit status."""
    drawn = picture(plan().splitlines())
    if "--check" in sys.argv:
        current = PICTURE.exists() and PICTURE.read_text(encoding="utf-8") == drawn
        if not current:
            print("docs/plan.svg is not what a preview shows; run `make docs`", file=sys.stderr)
        return int(not current)
    PICTURE.write_text(drawn, encoding="utf-8")
    return 0


def plan() -> str:
    """Give the text of the preview, its digests shortened and its id an example's."""
    with tempfile.TemporaryDirectory() as scratch, LocalServer() as server:
        program = Path(scratch, "quickstart")
        shutil.copytree(ROOT / "examples" / "quickstart", program)
        os.environ.update(AGB_ENDPOINT=server.url, AGB_API_KEY="key-of-the-picture")
        stack = Stack(program, state=Path(scratch, "state", "dev.json"))
        stack.up()
        edit(program / "workspace")
        text = stack.preview().stdout.strip()
    return re.sub(r"SdkCtx-\w+", EXAMPLE_ID, re.sub(r"\b([0-9a-f]{7})[0-9a-f]{57}\b", r"\1…", text))


def edit(workspace: Path) -> None:
    """Edit one file, add one and take one out."""
    settings = workspace / "settings.json"
    settings.write_text(settings.read_text().replace('"temperature": 0.2', '"temperature": 0.65'))
    (workspace / "data" / "returns.csv").write_text("order,reason\n1017,too small\n")
    (workspace / "prompt.md").unlink()


def picture(lines: list[str]) -> str:
    """Give lines of a terminal as SVG, coloured by the sign that each begins with."""
    width = round(max(map(len, lines)) * LETTER_WIDTH) + 2 * MARGIN
    height = len(lines) * LINE_HEIGHT + 2 * MARGIN
    rows = "".join(_row(number, line) for number, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        "<title>What `preview` shows: file by file, what the next `up` would do</title>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>\n'
        f'<g font-family="{FONT}" font-size="12">\n{rows}</g>\n</svg>\n'
    )


def _row(number: int, line: str) -> str:
    color = COLORS.get(line.strip()[:1], PLAIN)
    height = MARGIN + (number + 1) * LINE_HEIGHT - 6
    return f'<text x="{MARGIN}" y="{height}" fill="{color}" xml:space="preserve">{escape(line, quote=False)}</text>\n'


if __name__ == "__main__":
    sys.exit(main())
