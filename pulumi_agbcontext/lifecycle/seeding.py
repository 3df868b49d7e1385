"""Carry out a plan of files: upload what changed, delete what is no longer named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.upload import Upload
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.paths import parents, shown
from pulumi_agbcontext.lifecycle.progress import SeedProgress
from pulumi_agbcontext.lifecycle.seed import plan_files
from pulumi_agbcontext.lifecycle.sources import SeedFile, SourceError, recorded


def seed(session: Session, context_id: str, seeded: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Make the seeded files of a context what is wanted; files of others are not touched.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        seeded: path to recorded entry, as the state has them.
        wanted: path to recorded entry, as check made them.

    Raises:
        SourceChangedError: a local file is not what check saw; its content was not stored.
        AGBError: an upload or delete failed; those before it stand.
    """
    plan = plan_files(seeded, wanted)
    in_the_way = set(_in_the_way(plan.delete, plan.upload))
    transfers = session.contexts.transfers
    transfers.delete_many(context_id, sorted(in_the_way))
    files = {path: _checked(path, wanted[path]) for path in plan.upload}
    progress = SeedProgress(session.progress, len(files), sum(file.size for file in files.values()))
    uploads = [_upload(path, file, progress) for path, file in files.items()]
    transfers.upload_many(context_id, uploads, progress.stored)
    transfers.delete_many(context_id, [path for path in plan.delete if path not in in_the_way])


def _in_the_way(deleted: tuple[str, ...], uploaded: tuple[str, ...]) -> list[str]:
    """Find the files that must go before the uploads: a file that becomes a folder, or a folder that becomes a file."""
    new, new_folders = set(uploaded), {above for path in uploaded for above in parents(path)}
    return [path for path in deleted if path in new_folders or not new.isdisjoint(parents(path))]


def _checked(path: str, entry: str) -> SeedFile:
    file = recorded(entry)
    if file is None or file.sha256 == "changed":
        raise messages.source_unreadable(shown(path), "its digest is not recorded")
    return file


def _upload(path: str, file: SeedFile, progress: SeedProgress) -> Upload:
    def opened() -> BinaryIO:
        try:
            return progress.counted(file.open())
        except SourceError as error:
            raise messages.source_unreadable(shown(path), str(error)) from error

    return Upload(path=path, size=file.size, sha256=file.sha256, open=opened)
