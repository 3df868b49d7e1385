"""The same stack on either engine: the test engine, or the Pulumi CLI on a backend of its own."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pulumi import automation

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import open_real_stack

PASSPHRASE = "open sesame"


class LeanStack(automation.Stack):
    """The CLI's stack without the three further commands that each result would cost."""

    def outputs(self) -> automation.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        return automation.UpdateSummary("", datetime.now(timezone.utc), "", {}, {}, "succeeded")


def open_stack(engine: str, directory: Path, scratch: Path, lean: bool = False) -> Any:
    """The stack `dev` of the project in a folder.

    Arguments: scratch: where the CLI keeps what it needs; lean: the results are not looked at.
    """
    if engine == "test":
        return Stack(directory, passphrase=PASSPHRASE, timeout=60)
    return open_real_stack(directory, "dev", scratch, PASSPHRASE, LeanStack if lean else automation.Stack)
