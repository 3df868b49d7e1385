"""pytest on a user's project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Like `python -m pytest`, but the modules of this suite can also be imported.
PROGRAM = f"import sys; sys.path.append({str(ROOT)!r}); import pytest; sys.exit(pytest.main())"
# As in this suite, providers and programs are forked: see tests/fork_server.py.
OPTIONS = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "tests.conftest"]


def run_pytest(target: str, directory: Path, seconds: float = 100) -> subprocess.CompletedProcess[str]:
    """Run the tests of a file or directory, without output to the terminal."""
    command = [sys.executable, "-c", PROGRAM, *OPTIONS, target]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=seconds, check=False)
