"""Files that an exclusive resource did not seed. A refresh records them, and the next update deletes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pulumi_agbcontext.client.api.models import ContextFileEntry
from pulumi_agbcontext.client.api.replica_lag import observe_agreed
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.model import FilesState, known_paths
from pulumi_agbcontext.lifecycle.files.paths import path_fault
from pulumi_agbcontext.lifecycle.files.patterns import matcher
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.claims import Claims
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import plan as lines
from pulumi_agbcontext.redaction import printable

MOST_RECORDED = 1000  # files; the state contains one line per file


def find_unmanaged(session: Session, location: Location, name: str, state: FilesState) -> dict[str, str] | None:
    """Find the files that an exclusive resource did not seed, and show a warning with their paths.

    A file is recorded only if three listings contain the same version of it and the object store contains it. Paths
    that no program can declare, including the owner record, and files that match `ignore_files` are left out. An entry
    contains the run that first recorded the version. `pulumi up --refresh` refreshes again after its plan, so the files
    that a run records are not deleted before the next run.

    Args:
        session: the session of the provider process.
        location: where the files are stored.
        name: name of the resource, for the warning.
        state: the recorded state.

    Returns:
        Entries of at most 1,000 files, by path, or None if there are none. Source: DescribeContextFiles,
        GetContextFileDownloadUrl.
    """
    if not state.exclusive:
        return None
    seeded, is_ignored = state.seeded, matcher(state.ignore_files)

    def is_unmanaged(entry: ContextFileEntry) -> bool:
        key = location.key(entry.file_path)
        return key is not None and key not in seeded and path_fault(entry.file_path) is None and not is_ignored(key)

    found = observe_agreed(session.contexts, location.context_id, is_unmanaged)
    versions = session.contexts.transfers.versions(location.context_id, found[:MOST_RECORDED])
    if not versions:
        return None
    olds = state.unmanaged_files or {}
    unmanaged = {
        key: olds[key] if _version(olds.get(key, "")) == version else f"{version}:{session.run}"
        for key, version in sorted(location.keys(versions).items())
    }
    paths = [printable(path) for path in unmanaged]  # as in `files` and `ignore_files`, relative to the directory
    session.warn(lines.unmanaged_files_found(printable(name), paths, len(found) - MOST_RECORDED))
    return unmanaged


class Unmanaged(NamedTuple):
    """Unmanaged files that a refresh recorded, by path.

    Attributes:
        to_delete: versions of the files that an update deletes, because an earlier run recorded them.
        kept: entries of the files that this run recorded.
    """

    to_delete: dict[str, str]
    kept: dict[str, str]


def recorded_unmanaged(state: FilesState, inputs: Properties, run: str) -> Unmanaged:
    """Return the recorded unmanaged files that the current inputs still require to be deleted.

    Args:
        state: the recorded state.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        run: the current run of the engine.
    """
    if inputs.get("exclusive") is not True or not state.unmanaged_files:
        return Unmanaged({}, {})
    wanted, is_ignored = set(known_paths(inputs)), matcher(_known_patterns(inputs))
    found = {key: one for key, one in state.unmanaged_files.items() if key not in wanted and not is_ignored(key)}
    kept = {key: entry for key, entry in found.items() if entry.rpartition(":")[2] == run}
    return Unmanaged({key: _version(entry) for key, entry in found.items() if key not in kept}, kept)


def _version(entry: str) -> str:
    return entry.rpartition(":")[0]


def delete_unmanaged(session: Session, resource: Resource, location: Location, versions: Mapping[str, str]) -> None:
    """Delete unmanaged files that have not changed since a refresh recorded them.

    Args:
        session: the session of the provider process.
        resource: the resource. A file that another resource of the program declares is not deleted.
        location: where the files are stored.
        versions: recorded versions by path.

    Raises:
        AGBError: a delete failed. Earlier deletes are not rolled back.
    """
    doomed = {
        location.path(key): version
        for key, version in versions.items()
        if not session.declared.is_kept(location.id(key), beside=resource)
    }
    if kept := session.contexts.transfers.delete_unchanged(location.context_id, doomed):
        paths = [printable(key) for key in location.keys(dict.fromkeys(kept))]
        session.warn(lines.changed_files_kept(printable(resource.name), paths))


def claims_of(location: Location, ids: Iterable[str], inputs: Properties) -> Claims:
    """Return the claims of a resource.

    Args:
        location: where its files are stored.
        ids: ids of the context or directory and of the files.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
    """
    if inputs.get("exclusive") is not True:
        return Claims(frozenset(ids))
    return Claims(frozenset(ids), location.id("/"), matcher(_known_patterns(inputs)))


def _known_patterns(inputs: Properties) -> list[str]:
    patterns = inputs.get("ignoreFiles")
    return [pattern for pattern in patterns if isinstance(pattern, str)] if isinstance(patterns, list) else []
