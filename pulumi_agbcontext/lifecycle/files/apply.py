"""Carry out a plan of files: upload what changed, delete what is no longer named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import BinaryIO

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.transfer.upload import Upload
from pulumi_agbcontext.lifecycle.files.paths import parents
from pulumi_agbcontext.lifecycle.files.plan import plan_files
from pulumi_agbcontext.lifecycle.files.progress import SeedProgress
from pulumi_agbcontext.lifecycle.files.sources import SeedFile, SourceError, recorded
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.redaction import printable


def seed(
    session: Session,
    resource: Resource,
    context_id: str,
    seeded: MutableMapping[str, str],
    wanted: Mapping[str, str],
    before_deletes: Callable[[], object] = lambda: None,
) -> None:
    """Make the seeded files of a context what is wanted; files of others are not touched.

    Args:
        session: the API and what the process shares.
        resource: the resource whose files they are; a file that another resource now declares is not deleted.
        context_id: the API's id.
        seeded: path to recorded entry, as the state has them; kept current, so that after a failure it says what is
            stored. A file whose upload or delete has begun and did not end is there with the digest `changed`.
        wanted: path to recorded entry, as check made them.
        before_deletes: called before files are deleted; it may raise to prevent it.

    Raises:
        SourceChangedError: a local file is not what check saw; its content was not stored.
        AGBError: an upload or delete failed; those before it stand.
    """
    plan = plan_files(seeded, wanted)
    in_the_way = set(_in_the_way(plan.delete, plan.upload))
    if in_the_way:
        before_deletes()
    _delete(session, resource, context_id, seeded, sorted(in_the_way))
    files = recorded_files({path: wanted[path] for path in plan.upload})
    progress = SeedProgress(session.progress, len(files), sum(file.size for file in files.values()))

    def begun(path: str) -> None:
        seeded[path] = str(files[path].changed())

    def stored(upload: Upload) -> None:
        seeded[upload.path] = wanted[upload.path]
        progress.stored()

    uploads = (_upload(path, file, progress, begun) for path, file in files.items())
    session.contexts.transfers.upload_many(context_id, uploads, stored)
    if remaining := [path for path in plan.delete if path not in in_the_way]:
        before_deletes()
    _delete(session, resource, context_id, seeded, remaining)


def _delete(
    session: Session, resource: Resource, context_id: str, seeded: MutableMapping[str, str], paths: list[str]
) -> None:
    to_delete = [path for path in paths if not session.declared.is_kept(f"{context_id}{path}", beside=resource)]
    count_on_none(seeded, to_delete)
    session.contexts.transfers.delete_many(context_id, to_delete)
    for path in paths:
        del seeded[path]


def count_on_none(seeded: MutableMapping[str, str], paths: Iterable[str]) -> None:
    """Record of files that are about to be deleted that their content is not known: no plan takes them for stored."""
    for path in paths:
        if file := recorded(seeded[path]):
            seeded[path] = str(file.changed())


def _in_the_way(deleted: tuple[str, ...], uploaded: tuple[str, ...]) -> list[str]:
    """Find the files that must go before the uploads: a file that becomes a folder, or a folder that becomes a file."""
    new, new_folders = set(uploaded), {above for path in uploaded for above in parents(path)}
    return [path for path in deleted if path in new_folders or not new.isdisjoint(parents(path))]


def recorded_files(entries: Mapping[str, str]) -> dict[str, SeedFile]:
    """Read entries that are to be uploaded.

    Raises:
        SourceChangedError: one has no digest: refresh saw it changed, and the program's own value is ignored.
    """
    files: dict[str, SeedFile] = {}
    for path, entry in entries.items():
        file = recorded(entry)
        if file is None or not file.is_known:
            raise messages.content_unknown(printable(path))
        files[path] = file
    return files


def _upload(path: str, file: SeedFile, progress: SeedProgress, begun: Callable[[str], None]) -> Upload:
    def begin() -> BinaryIO:
        begun(path)
        return progress.counted(opened(path, file.open))

    return Upload(path=path, size=file.size, sha256=file.sha256, open=begin)


def opened(path: str, open_content: Callable[[], BinaryIO]) -> BinaryIO:
    """Open the content of a file that is to be uploaded.

    Raises:
        SourceChangedError: it cannot be read any more.
    """
    try:
        return open_content()
    except SourceError as error:
        raise messages.source_unreadable(printable(path), str(error)) from error
