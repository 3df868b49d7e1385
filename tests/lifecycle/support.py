"""Helpers that read the server's log for tests of the lifecycle."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import LocalServer


def asked(server: LocalServer, since: int = 0, without: str = "") -> list[str]:
    """Return the operations that the server received, in order. Repetitions of one operation count once."""
    operations = [record.operation for record in server.requests[since:] if record.operation != without]
    return [name for index, name in enumerate(operations) if index == 0 or operations[index - 1] != name]


def uploads(server: LocalServer, since: int = 0) -> list[str]:
    """Return the sorted paths of the uploads, except for the owner record."""
    paths = [record.path or "" for record in server.requests[since:] if record.operation == "Upload"]
    return sorted(path for path in paths if path != OWNER_RECORD)
