"""What refresh sees of the seeded files: vanished, changed, or as they were."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from pulumi_agbcontext.client.listing import observe_files
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.inputs import ContextState
from pulumi_agbcontext.lifecycle.sources import SeedFile, recorded

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
    return file if size is None or size == file.size else SeedFile(size, "changed", file.source)


def _by_content(session: Session, context_id: str, present: dict[str, SeedFile]) -> dict[str, SeedFile]:
    found = digests(session, context_id, present)
    # Listed, but not to be read: something has changed, and whether it is missing is for listings to say.
    return {path: SeedFile(*(found[path] or (file.size, "changed")), file.source) for path, file in present.items()}


def digests(session: Session, context_id: str, paths: Iterable[str]) -> dict[str, tuple[int, str] | None]:
    """Read files and keep size and digest of each; None for one that does not exist.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        paths: absolute paths within the context.
    """

    def read(path: str) -> tuple[int, str] | None:
        try:
            return session.contexts.transfers.digest(context_id, path)
        except NotFoundError:
            return None

    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:  # under the deadlines of the caller
        reading = {path: pool.submit(copy_context().run, read, path) for path in paths}
        return {path: future.result() for path, future in reading.items()}
