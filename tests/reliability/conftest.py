"""What the tests of reliability share: pauses that take no time, and a process of their own."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import pytest

from pulumi_agbcontext.client.http import deadline

FASTER = 50  # times


@pytest.fixture(autouse=True)
def _of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test shows its status to an engine, or leaves what the adapters install."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv[:1])
    monkeypatch.setattr(traceback, "format_exc", traceback.format_exc)


@pytest.fixture
def quick_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every pause of the client be a fiftieth of what it is: only what comes before and after it counts here."""
    sleep = deadline.Deadline.sleep
    monkeypatch.setattr(deadline.Deadline, "sleep", lambda self, seconds: sleep(self, seconds / FASTER))
