"""What refresh sees of the seeded files: vanished, changed, or as they were."""

from __future__ import annotations

from pulumi_agbcontext.client.api.replica_lag import observe_files
from pulumi_agbcontext.lifecycle.context.model import ContextState
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.files.sources import CHANGED, SeedFile, recorded
from pulumi_agbcontext.lifecycle.provider.session import Session

_DOWNLOADS_AT_ONCE = 8  # hashing, not waiting, is the limit of a content check


def observed(session: Session, context_id: str, state: ContextState) -> dict[str, str]:
    """Look at the seeded files of a context; files of others are not looked at.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        state: what is recorded, with the kind of look in `driftCheck`.

    Returns:
        Path to entry of the files that are there: the recorded entry where nothing changed.
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
    """A file of another size has another content; which one is not known without reading it."""
    return file if size is None or size == file.size else file.changed(size)


def _by_content(session: Session, context_id: str, present: dict[str, SeedFile]) -> dict[str, SeedFile]:
    found = digests(session, context_id, present)
    # Listed, but not to be read: something has changed, and whether it is missing is for listings to say.
    return {path: SeedFile(*(found[path] or (file.size, CHANGED)), file.source) for path, file in present.items()}
