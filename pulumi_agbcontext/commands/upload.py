"""Command `upload`, which uploads the files of a local directory to a context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from pulumi_agbcontext import messages
from pulumi_agbcontext.client import ContextService, Upload
from pulumi_agbcontext.client.api.replica_lag import observe_all
from pulumi_agbcontext.commands.download_record import RECORD
from pulumi_agbcontext.commands.local_directory import PARTIAL
from pulumi_agbcontext.commands.progress import Count, progress_bar
from pulumi_agbcontext.lifecycle.files.apply import opened
from pulumi_agbcontext.lifecycle.files.directories import Filters, list_tree
from pulumi_agbcontext.lifecycle.files.existing import compare_stored
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD, file_and_directory, path_fault
from pulumi_agbcontext.lifecycle.files.progress import counted
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError, SourceKind
from pulumi_agbcontext.lifecycle.files.sources import SeedFile, take_digest
from pulumi_agbcontext.lifecycle.files.trees import LocalTree
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import commands, progress
from pulumi_agbcontext.redaction import printable


def upload(service: ContextService, root: Path, context_id: str, filters: Filters, *, overwrite: bool) -> str:
    """Upload the files of a directory.

    Args:
        service: the account.
        root: the local directory.
        context_id: id of the context.
        filters: rules for which files are uploaded.
        overwrite: whether to replace stored files whose content differs.

    Returns:
        The result, as a line for the user.

    Raises:
        AGBError: the directory or a path in it cannot be uploaded, a stored file would be overwritten, or a transfer
            failed.
    """
    paths = _local_paths(root, filters)
    listed = observe_all(service, context_id)
    _refuse_clashes(paths, listed)
    files = dict(_digested(root, paths))
    same, differ = compare_stored(Session(service), context_id, files, listed)
    if differ and not overwrite:
        raise messages.stored_files_differ(context_id, [printable(path) for path in differ])
    new = {path: file for path, file in files.items() if path not in same}
    size = sum(file.size for file in new.values())
    with progress_bar("Uploading", size) as count:
        service.transfers.upload_many(context_id, (_upload(path, file, count) for path, file in new.items()))
    return progress.uploaded(str(root), context_id, len(new), size, len(same))


def _local_paths(root: Path, filters: Filters) -> list[str]:
    """Return the absolute paths in the context of the local files, sorted."""
    if not root.is_dir():
        cause = commands.not_a_directory(str(root)) if root.exists() else commands.no_such_directory(str(root))
        raise messages.not_an_upload_directory(printable(cause))
    try:
        listing = list_tree(LocalTree(root), str(root), filters, may_be_empty=True)
    except SourceError as error:
        raise messages.not_an_upload_directory(printable(str(error))) from error
    paths = [f"/{path}" for path in listing.files]
    return [path for path in paths if path not in (OWNER_RECORD, f"/{RECORD}") and not _is_partial(path)]


def _is_partial(path: str) -> bool:
    return path.rpartition("/")[2].startswith(PARTIAL)


def _refuse_clashes(paths: Iterable[str], listed: Mapping[str, object]) -> None:
    for path in paths:
        if fault := path_fault(path):
            raise messages.not_uploadable(printable(path[1:]), fault.partition(";")[0])
    local = set(paths)
    for above, path in file_and_directory([*local, *listed]):
        if above in local or path in local:
            raise messages.not_uploadable(
                printable((path if path in local else above)[1:]), commands.clash_in_context(printable(above))
            )


def _digested(root: Path, paths: Iterable[str]) -> Iterator[tuple[str, SeedFile]]:
    for path in paths:
        try:
            yield path, take_digest(SourceKind.FILE.of(f"{root}{path}"))
        except SourceError as error:
            raise messages.not_uploadable(printable(path[1:]), printable(str(error))) from error


def _upload(path: str, file: SeedFile, count: Count) -> Upload:
    def open_content() -> BinaryIO:
        return counted(opened(path, file.open), count)

    return Upload(path, file.size, file.sha256, open_content)
