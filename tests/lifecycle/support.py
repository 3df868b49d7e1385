"""What several tests of the lifecycle ask of the server's log."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import LocalServer


def asked(server: LocalServer, since: int = 0) -> list[str]:
    """The operations that the server was asked, in order; a run of the same one is told once."""
    operations = [record.operation for record in server.requests[since:]]
    return [name for index, name in enumerate(operations) if index == 0 or operations[index - 1] != name]


def uploads(server: LocalServer, since: int = 0) -> list[str]:
    """The paths that were uploaded, sorted, the owner record apart."""
    paths = [record.path or "" for record in server.requests[since:] if record.operation == "Upload"]
    return sorted(path for path in paths if path != OWNER_RECORD)
