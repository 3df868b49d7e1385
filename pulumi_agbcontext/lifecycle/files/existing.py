"""Files that are new to a resource and already exist in the context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.sources import SeedFile, recorded
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.redaction import printable


def already_stored(session: Session, location: Location, new: Iterable[str], wanted: Mapping[str, str]) -> list[str]:
    """Return the new files that already exist with identical content, for example after a failed update.

    Args:
        session: the session of the provider process.
        location: where the files are stored.
        new: paths of the files that the state does not contain.
        wanted: recorded entries by path, from the checked inputs.

    Raises:
        ContextFileExistsError: a file exists with different content, so it may belong to another owner.
    """
    files = {location.path(key): file for key in new if (file := recorded(wanted[key]))}
    if not files:
        return []
    listed = {entry.file_path: entry.size for entry in session.contexts.list_all_files(location.context_id)}
    same, foreign = compare_stored(session, location.context_id, files, listed)
    if foreign:
        raise messages.foreign_files(location.context_id, [printable(path) for path in foreign])
    return list(location.keys(dict.fromkeys(same)))


def compare_stored(
    session: Session, context_id: str, files: Mapping[str, SeedFile], listed: Mapping[str, int | None]
) -> tuple[set[str], list[str]]:
    """Compare files with the stored files at the same paths, by digest if the sizes are equal.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        files: files by absolute path in the context.
        listed: size in bytes of every stored file, by absolute path.

    Returns:
        The paths of the files that are stored with the same content, and the sorted paths of those that are stored with
        different content. A listed file that no longer exists is in neither of them.
    """
    present = {path: file for path, file in files.items() if path in listed}
    candidates = [path for path, file in present.items() if listed[path] in (None, file.size)]
    found = digests(session, context_id, candidates)
    same = {path for path in candidates if found[path] == (files[path].size, files[path].sha256)}
    deleted = {path for path in candidates if found[path] is None}
    return same, sorted(present.keys() - same - deleted)
