"""Durations of a stack's operations by its size, for docs/at-scale.md. `--write` writes them to the page.

    python -m benchmarks.at_scale contexts files both [--engine cli] [--write]

Each line is one stack on the test engine, or on the Pulumi CLI with a backend in a directory, against a local Context
API in a separate process. Each line runs once, so the figures are orders of magnitude.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import open_real_stack

PAGE = Path(__file__).parent.parent / "docs" / "at-scale.md"
PASSPHRASE = "measured"  # noqa: S105  (it protects nothing)
CONTEXTS = """import pulumi_agbcontext as agb

for number in range({contexts}):
    agb.Context(f"agent-{{number:05}}", files={{"/prompt.md": f"You are agent {{number}}."}})
"""
FILES = """import pulumi_agbcontext as agb

for number in range({contexts}):
    agb.Context(f"data-{{number:03}}", files=agb.files_from(f"seed/{{number:03}}"))
"""
LINES = {  # name to: program, contexts in a stack, files in a context
    "contexts": [(CONTEXTS, 10, 1), (CONTEXTS, 100, 1), (CONTEXTS, 300, 1), (CONTEXTS, 1_000, 1)],
    "files": [(FILES, 1, 1_000), (FILES, 1, 10_000), (FILES, 1, 100_000)],
    "both": [(FILES, 10, 1_000), (FILES, 10, 10_000)],
}
HEAD = "| contexts | total files | first `up` | `up` without changes | `preview --refresh` | `destroy` | state |"


def main() -> None:
    """Measure the lines named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.at_scale")
    parser.add_argument("lines", nargs="+", choices=sorted(LINES))
    parser.add_argument("--engine", choices=["test", "cli"], default="test")
    parser.add_argument("--write", action="store_true", help="write the table to docs/at-scale.md")
    options = parser.parse_args()
    rows = [HEAD, "| ---: " * 7 + "|"]
    for line in [line for name in options.lines for line in LINES[name]]:
        rows.append(measure(*line, options.engine))
        print(rows[-1], flush=True)
    if options.write:
        write(f"{options.engine} {' '.join(options.lines)}", "\n".join(rows) + "\n")


def measure(program: str, contexts: int, files: int, engine: str) -> str:
    """Run all operations on a stack and return its row of the table."""
    with tempfile.TemporaryDirectory() as scratch, serving() as url:
        directory = Path(scratch, "project")
        make_project(directory, program.format(contexts=contexts), contexts, files)
        os.environ.update(AGB_ENDPOINT=url, AGB_API_KEY="measured")
        stack = open_stack(directory, Path(scratch), engine)
        first = seconds(stack.up)
        unchanged = seconds(lambda: stack.up(expect_no_changes=True))
        size = len(json.dumps(stack.export_stack().deployment))
        refreshed = seconds(lambda: stack.preview(refresh=True, expect_no_changes=True))
        deleted = seconds(stack.destroy)
    figures = " | ".join(f"{figure:,.1f} s" for figure in (first, unchanged, refreshed, deleted))
    return f"| {contexts:,} | {contexts * files:,} | {figures} | {size / 1e6:,.1f} MB |"


def make_project(directory: Path, program: str, contexts: int, files: int) -> None:
    """Write a project whose contexts are seeded with files of 100 bytes."""
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text("name: measured\nruntime: python\n")
    (directory / "__main__.py").write_text(program)
    for context in range(contexts if "seed/" in program else 0):
        for number in range(files):
            file = directory / "seed" / f"{context:03}" / f"{number // 1000:03}" / f"{number:06}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{context:03} {number:06} ".ljust(100, "x"))


def open_stack(directory: Path, scratch: Path, engine: str) -> Any:
    """Open the stack of the project on either engine."""
    if engine == "cli":
        return open_real_stack(directory, "dev", scratch, PASSPHRASE)
    return Stack(directory, state=scratch / "state" / "dev.json", passphrase=PASSPHRASE)


@contextmanager
def serving() -> Iterator[str]:
    """Run a local Context API in a separate process and yield its address."""
    command = [sys.executable, "-m", "pulumi_agbcontext.testing", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("the local Context API has no output")
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def seconds(action: Callable[[], object]) -> float:
    """Return the duration of an action in seconds."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def write(name: str, table: str) -> None:
    """Write a table to the page, between the marks of its name."""
    pattern = re.compile(rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- end of measured -->)", re.DOTALL)
    page = PAGE.read_text(encoding="utf-8")
    if not pattern.search(page):
        sys.exit(f"docs/at-scale.md has no marks for the table {name}.")
    PAGE.write_text(pattern.sub(lambda match: f"{match[1]}{table}{match[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
