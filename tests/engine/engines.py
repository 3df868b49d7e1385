"""The same stack on either engine: the test engine, or the Pulumi CLI with its own backend."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pulumi import automation

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import open_real_stack

PASSPHRASE = "open sesame"


class LeanStack(automation.Stack):
    """A stack of the CLI without the three additional commands that each result would require."""

    def outputs(self) -> automation.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        return automation.UpdateSummary("", datetime.now(timezone.utc), "", {}, {}, "succeeded")


def open_stack(engine: str, directory: Path, scratch: Path, lean: bool = False) -> Any:
    """Open the stack `dev` of the project in a directory.

    Args:
        scratch: directory for the files of the CLI.
        lean: whether results are not used, which saves the commands that produce them.
    """
    if engine == "test":
        return Stack(directory, passphrase=PASSPHRASE, timeout=60)
    return open_real_stack(directory, "dev", scratch, PASSPHRASE, LeanStack if lean else automation.Stack)
