"""The code blocks of a Markdown page, with the comment above each block.

The language of a block determines its use: `python` is a program that `up` deploys, `sh` contains commands, `yaml` is a
program or contains settings. A comment in the line above changes this: `not run: reason`; `continues`: the previous
program with these lines added; `file: NAME`: a file, on which pytest runs if it is a test; `exists: NAME`: a context of
that name is first created outside the program; `offline`: commands for a clone of the repository, without the CLI;
`unchanged`: `up` has nothing to do; `cli`: a program that the test engine cannot run; `another stack: NAME`: the
program of a second project, whose setting `owner` is the name of the page's stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"(?:^<!-- ([^\n]*?) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARKS = ("not run", "cli", "continues", "file", "exists", "offline", "unchanged", "another stack")


@dataclass(frozen=True)
class Block:
    """A code block: its language, its text, and the comment above it, split into a mark and its argument."""

    language: str
    text: str
    mark: str = ""
    says: str = ""


def blocks(page: Path) -> Iterator[Block]:
    """Return the code blocks of a page, in order.

    Raises:
        ValueError: a block has no language.
    """
    for comment, language, text in _FENCE.findall(page.read_text("utf-8")):
        if not language:
            raise ValueError(f"{page.name}: a block without a language: {text[:60]!r}")
        mark, _, says = comment.partition(": ")
        yield Block(language, text, mark, says) if mark in _MARKS else Block(language, text)


def name_of(page: Path) -> str:
    """Return the path of a page in the repository."""
    return page.relative_to(ROOT).as_posix()
