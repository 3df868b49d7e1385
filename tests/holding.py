"""The files in a context, without its owner record, for tests to compare."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD


def holds(server: Any, api_key: str, context_id: str) -> dict[str, bytes]:
    """Return path to content of every file that the server stores, except for the owner record."""
    files: dict[str, bytes] = server.files(api_key, context_id)
    files.pop(OWNER_RECORD, None)
    return files
