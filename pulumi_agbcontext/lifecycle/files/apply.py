"""Execution of a file plan: uploads changed files and deletes removed files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import BinaryIO

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.transfer.upload import Upload
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.paths import parents
from pulumi_agbcontext.lifecycle.files.plan import plan_files
from pulumi_agbcontext.lifecycle.files.progress import SeedProgress
from pulumi_agbcontext.lifecycle.files.remote import open_downloaded
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.lifecycle.files.sources import SeedFile, recorded
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.redaction import printable


def seed(
    session: Session,
    resource: Resource,
    location: Location,
    seeded: MutableMapping[str, str],
    wanted: Mapping[str, str],
    before_deletes: Callable[[], object] = lambda: None,
) -> None:
    """Upload and delete files until the seeded files match the inputs. Other files are not changed.

    Args:
        session: the session of the provider process.
        resource: the resource that owns the files. A file that another resource now declares is not deleted.
        location: where the files are stored.
        seeded: recorded entries by path, from the state. Updated in place, so that it describes the stored files even
            after a failure. A file whose upload or delete started but did not finish has the digest `changed`.
        wanted: recorded entries by path, from the checked inputs.
        before_deletes: called before files are deleted; raises to prevent the deletes.

    Raises:
        SourceChangedError: a local file has changed since check; its content was not stored.
        AGBError: an upload or delete failed. Earlier uploads and deletes are not rolled back.
    """
    plan = plan_files(seeded, wanted)
    in_the_way = set(_in_the_way(plan.delete, plan.upload))
    if in_the_way:
        before_deletes()
    _delete(session, resource, location, seeded, sorted(in_the_way))
    files = recorded_files({path: wanted[path] for path in plan.upload})
    name, size = resource.name or location.context_id, sum(file.size for file in files.values())
    progress = SeedProgress(session.progress, name, len(files), size)

    def begun(path: str) -> None:
        seeded[path] = str(files[path].changed())

    def stored(upload: Upload) -> None:
        seeded[keys[upload.path]] = wanted[keys[upload.path]]
        progress.stored()

    keys = {location.path(key): key for key in files}
    uploads = (_upload(session, location.path(key), key, file, progress, begun) for key, file in files.items())
    session.contexts.transfers.upload_many(location.context_id, uploads, stored)
    if remaining := [path for path in plan.delete if path not in in_the_way]:
        before_deletes()
    _delete(session, resource, location, seeded, remaining)


def _delete(
    session: Session, resource: Resource, location: Location, seeded: MutableMapping[str, str], paths: list[str]
) -> None:
    to_delete = [path for path in paths if not session.declared.is_kept(location.id(path), beside=resource)]
    count_on_none(seeded, to_delete)
    session.contexts.transfers.delete_many(location.context_id, [location.path(path) for path in to_delete])
    for path in paths:
        del seeded[path]


def count_on_none(seeded: MutableMapping[str, str], paths: Iterable[str]) -> None:
    """Mark files that are about to be erased as changed, so that no later plan assumes that they are stored.

    Args:
        seeded: recorded entries by path. Updated in place.
        paths: paths of the files to mark.
    """
    for path in paths:
        if file := recorded(seeded[path]):
            seeded[path] = str(file.changed())


def _in_the_way(deleted: tuple[str, ...], uploaded: tuple[str, ...]) -> list[str]:
    """Return the files to delete before the uploads, because a file becomes a directory or a directory a file."""
    new, new_folders = set(uploaded), {above for path in uploaded for above in parents(path)}
    return [path for path in deleted if path in new_folders or not new.isdisjoint(parents(path))]


def recorded_files(entries: Mapping[str, str]) -> dict[str, SeedFile]:
    """Parse the entries of files that are to be uploaded.

    Raises:
        SourceChangedError: an entry has no digest. A refresh found that the file has changed, and `ignore_changes`
            excludes the program's value.
    """
    files: dict[str, SeedFile] = {}
    for path, entry in entries.items():
        file = recorded(entry)
        if file is None or not file.is_known:
            raise messages.content_unknown(printable(path))
        files[path] = file
    return files


def _upload(
    session: Session, path: str, key: str, file: SeedFile, progress: SeedProgress, begun: Callable[[str], None]
) -> Upload:
    def open_content() -> BinaryIO:
        return open_downloaded(session.contexts.remote, file) if file.is_remote else file.open()

    def begin() -> BinaryIO:
        begun(key)
        return progress.counted(opened(path, open_content))

    return Upload(path=path, size=file.size, sha256=file.sha256, open=begin)


def opened(path: str, open_content: Callable[[], BinaryIO]) -> BinaryIO:
    """Open the content of a file that is to be uploaded.

    Raises:
        SourceChangedError: the content can no longer be read.
    """
    try:
        return open_content()
    except SourceError as error:
        raise messages.source_unreadable(printable(path), str(error)) from error
