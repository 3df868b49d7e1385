"""Command `download`, which downloads the files of a context to a local directory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pulumi_agbcontext import messages
from pulumi_agbcontext.client import ContextService, Download, Downloaded
from pulumi_agbcontext.client.api.replica_lag import observe_all
from pulumi_agbcontext.client.transfer.presigned_requests import identifies_content
from pulumi_agbcontext.commands.download_record import RECORD, DownloadRecord
from pulumi_agbcontext.commands.local_directory import PARTIAL, LocalDirectory
from pulumi_agbcontext.commands.progress import Count, progress_bar
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD, file_and_directory, path_fault
from pulumi_agbcontext.lifecycle.files.progress import counted
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import commands, progress
from pulumi_agbcontext.redaction import printable


class _Local(NamedTuple):
    """Local file at the path of a stored file: its size, digest and whether an earlier download wrote it."""

    size: int
    sha256: str
    is_ours: bool


def download(service: ContextService, context_id: str, root: Path, *, overwrite: bool) -> str:
    """Download the files of a context.

    Args:
        service: the account.
        context_id: id of the context.
        root: the local directory.
        overwrite: whether to replace local files that differ and that no earlier download wrote.

    Returns:
        The result, as a line for the user.

    Raises:
        AGBError: a stored path is not safe, a local file would be overwritten, or a transfer failed.
    """
    listed = observe_all(service, context_id)
    listed.pop(OWNER_RECORD, None)
    _refuse_unsafe_paths(context_id, listed)
    with closing(LocalDirectory(root)) as directory:
        _refuse_long_names(context_id, listed, directory.longest_name)
        directory.remove_partial_files()
        record = DownloadRecord(directory, context_id)
        run = _Run(service, context_id, directory, record)
        try:
            unchanged = run.unchanged(listed, overwrite=overwrite)
            missing = run.fetch({path: size for path, size in listed.items() if path not in unchanged})
        finally:
            record.save()
    files = len(listed) - len(unchanged) - missing
    return progress.downloaded(context_id, str(root), files, run.size, len(unchanged), missing)


def _refuse_unsafe_paths(context_id: str, paths: Mapping[str, object]) -> None:
    for path in sorted(paths):
        if fault := path_fault(path):
            raise messages.not_downloadable(context_id, printable(path), fault.partition(";")[0])
        if path == f"/{RECORD}" or path.rpartition("/")[2].startswith(PARTIAL):
            raise messages.not_downloadable(context_id, printable(path), commands.RESERVED_NAME)
    for above, path in file_and_directory(paths):
        raise messages.not_downloadable(context_id, printable(path), commands.also_a_file(printable(above)))


def _refuse_long_names(context_id: str, paths: Mapping[str, object], longest: int) -> None:
    for path in sorted(paths):
        if any(len(name.encode()) > longest for name in path.split("/")):
            raise messages.not_downloadable(context_id, printable(path), commands.name_too_long(longest))


class _Run:
    """One run of the command.

    Attributes:
        size: number of bytes downloaded.
    """

    def __init__(
        self, service: ContextService, context_id: str, directory: LocalDirectory, record: DownloadRecord
    ) -> None:
        self._service = service
        self._context_id = context_id
        self._directory = directory
        self._record = record
        self.size = 0

    def unchanged(self, listed: Mapping[str, int | None], *, overwrite: bool) -> set[str]:
        """Return the paths of the local files that have the stored content.

        A recorded file has the stored content if its digest and the stored version match the record. Any other file of
        the listed size is compared by digest.
        """
        found = {path: local for path in listed if (local := self._local(path))}
        versions = self._service.transfers.versions(self._context_id, found)
        unchanged = {path for path, local in found.items() if local.is_ours and self._is_current(path, versions)}
        others = {path: local for path, local in found.items() if path in versions and path not in unchanged}
        unchanged |= self._identical(listed, others, versions)
        differ = [path for path, local in others.items() if path not in unchanged and not local.is_ours]
        if differ and not overwrite:
            raise messages.local_files_differ([printable(path[1:]) for path in sorted(differ)])
        return unchanged

    def _identical(
        self, listed: Mapping[str, int | None], others: Mapping[str, _Local], versions: Mapping[str, str]
    ) -> set[str]:
        """Record the files whose stored content has the same digest, and return their paths."""
        candidates = {
            path: local
            for path, local in others.items()
            if listed[path] in (None, local.size) and not (local.is_ours and identifies_content(versions[path]))
        }
        stored = digests(Session(self._service), self._context_id, candidates)
        same = {path for path, local in candidates.items() if stored[path] == (local.size, local.sha256)}
        for path in same:
            self._record.add(path, Downloaded(candidates[path].size, candidates[path].sha256, versions[path]))
        return same

    def fetch(self, files: Mapping[str, int | None]) -> int:
        """Download files; return the number of those that do not exist."""
        with progress_bar("Downloading", sum(size or 0 for size in files.values())) as count:
            downloads = (self._download(path, count) for path in sorted(files))
            return len(self._service.transfers.download_many(self._context_id, downloads))

    def _local(self, path: str) -> _Local | None:
        if (found := self._directory.digest(path)) is None:
            return None
        recorded = self._record.of(path)
        return _Local(*found, is_ours=recorded is not None and (recorded.size, recorded.sha256) == found)

    def _is_current(self, path: str, versions: Mapping[str, str]) -> bool:
        """Return whether the stored version matches the record. All empty files have the same content."""
        recorded, version = self._record.of(path), versions.get(path, "")
        if recorded is None:
            return False
        if recorded.size == 0:
            return version.startswith("0:")
        return version == recorded.version and identifies_content(version)

    def _download(self, path: str, count: Count) -> Download:
        partial = self._directory.partial(path)

        def open_partial() -> BinaryIO:
            return counted(self._directory.create(partial), count)

        def keep(file: Downloaded) -> None:
            self._directory.replace(partial, path)
            self._record.add(path, file)
            self.size += file.size

        return Download(path, open_partial, keep)
