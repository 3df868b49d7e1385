"""Drift detection: finds the seeded files that are missing or changed."""

from __future__ import annotations

from pulumi_agbcontext.client.api.replica_lag import observe_files
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.model import FilesState
from pulumi_agbcontext.lifecycle.files.sources import CHANGED, SeedFile, recorded
from pulumi_agbcontext.lifecycle.provider.session import Session


def observed(session: Session, location: Location, state: FilesState) -> dict[str, str]:
    """Read the current state of the seeded files. Files of other owners are not read.

    Args:
        session: the session of the provider process.
        location: where the files are stored.
        state: the recorded state, whose `drift_check` selects what is compared.

    Returns:
        The entry of each existing file, by path. Unchanged files keep their recorded entries.
    """
    expected = {path: file for path, entry in state.seeded.items() if (file := recorded(entry))}
    if state.drift_check == "none" or not expected:
        return state.seeded
    sizes = {location.path(key): file.size for key, file in expected.items()}
    listed = location.keys(observe_files(session.contexts, location.context_id, sizes))
    present = {key: _by_size(expected[key], entry.size) for key, entry in listed.items() if key in expected}
    if state.drift_check == "content":
        present = _by_content(session, location, present)
    return {key: str(file) for key, file in present.items()}


def _by_size(file: SeedFile, size: int | None) -> SeedFile:
    """Mark the file as changed if its size differs. The new content is unknown until it is read."""
    return file if size is None or size == file.size else file.changed(size)


def _by_content(session: Session, location: Location, present: dict[str, SeedFile]) -> dict[str, SeedFile]:
    found = location.keys(digests(session, location.context_id, location.paths(present)))
    # A file that is listed but cannot be read is treated as changed. Only the listing decides whether a file is
    # missing.
    return {path: SeedFile(*(found[path] or (file.size, CHANGED)), file.source) for path, file in present.items()}
