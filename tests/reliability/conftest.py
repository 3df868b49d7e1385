"""Fixtures for the reliability tests: short pauses and isolated processes."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import pytest

from pulumi_agbcontext.client.http import deadline

FASTER = 50  # times


@pytest.fixture(autouse=True)
def _of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Isolate the test: show no status to an engine, and remove what the adapters install."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv[:1])
    monkeypatch.setattr(traceback, "format_exc", traceback.format_exc)


@pytest.fixture
def quick_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide every pause of the client by 50, because these tests are about the time before and after it."""
    sleep = deadline.Deadline.sleep
    monkeypatch.setattr(deadline.Deadline, "sleep", lambda self, seconds: sleep(self, seconds / FASTER))
