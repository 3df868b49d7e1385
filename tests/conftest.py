"""What the whole suite says of itself."""

from __future__ import annotations

import shutil

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly on which engines the suite ran."""
    if cli := shutil.which("pulumi"):
        terminalreporter.write_line(f"real engine: tests marked pulumi_cli ran on {cli}")
    else:
        terminalreporter.write_line(
            "NOT RUN ON THE REAL ENGINE: there is no `pulumi` on PATH; only the test engine was used",
            yellow=True,
            bold=True,
        )
