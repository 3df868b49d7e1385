"""Drift of the seeded files: which of them refresh finds missing or changed."""

from __future__ import annotations

from pulumi_agbcontext.client.api.replica_lag import observe_files
from pulumi_agbcontext.lifecycle.context.model import ContextState
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.files.sources import CHANGED, SeedFile, recorded
from pulumi_agbcontext.lifecycle.provider.session import Session

_DOWNLOADS_AT_ONCE = 8  # a content check is limited by hashing, not by latency


def observed(session: Session, context_id: str, state: ContextState) -> dict[str, str]:
    """Read the current state of the seeded files of a context. Files of other owners are not read.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        state: the recorded state; its `drift_check` selects what is compared.

    Returns:
        Path to entry of each file that exists. The entry of an unchanged file is the recorded one.
    """
    expected = {path: file for path, entry in state.seeded.items() if (file := recorded(entry))}
    if state.drift_check == "none" or not expected:
        return state.seeded
    found = observe_files(session.contexts, context_id, {path: file.size for path, file in expected.items()})
    present = {path: _by_size(expected[path], entry.size) for path, entry in found.items() if path in expected}
    if state.drift_check == "content":
        present = _by_content(session, context_id, present)
    return {path: str(file) for path, file in present.items()}


def _by_size(file: SeedFile, size: int | None) -> SeedFile:
    """Return the file as changed if its size differs. The new content is unknown until it is read."""
    return file if size is None or size == file.size else file.changed(size)


def _by_content(session: Session, context_id: str, present: dict[str, SeedFile]) -> dict[str, SeedFile]:
    found = digests(session, context_id, present)
    # A file that is listed but cannot be read counts as changed. Only the listing decides whether a file is missing.
    return {path: SeedFile(*(found[path] or (file.size, CHANGED)), file.source) for path, file in present.items()}
