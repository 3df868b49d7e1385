"""Concurrent uploads and deletions of files, and single reads, through presigned URLs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.api.calls import ContextCalls
from pulumi_agbcontext.client.http import HttpClient
from pulumi_agbcontext.client.http.retry_policy import RetryPolicy
from pulumi_agbcontext.client.transfer.document import Document
from pulumi_agbcontext.client.transfer.download import LARGEST, Download, Downloaded, Writer
from pulumi_agbcontext.client.transfer.presigned_requests import ObjectStore, StoredObject
from pulumi_agbcontext.client.transfer.presigned_url import PresignedUrl, reading, unless_absent
from pulumi_agbcontext.client.transfer.upload import Upload
from pulumi_agbcontext.client.transfer.workers import Workers

__all__ = ["Transfers", "Upload"]

T = TypeVar("T")


class Transfers:
    """Uploads, downloads and deletions of files in the contexts of an account; safe to share between threads.

    Every method raises TransferError if a presigned request fails, and the errors of ContextService if an API call
    fails.

    Args:
        calls: the API calls that return presigned URLs and delete files.
        http: sends the requests.
        policy: the retry policy; its limiter determines the number of concurrent transfers.
    """

    def __init__(self, calls: ContextCalls, http: HttpClient, policy: RetryPolicy) -> None:
        account = calls.account
        self._calls = calls
        self._store = ObjectStore(http, policy, account.timeout, account.allow_insecure)
        self._workers = Workers(account.parallel_uploads, policy.limiter)

    def upload_many(
        self, context_id: str, uploads: Iterable[Upload], on_stored: Callable[[Upload], None] | None = None
    ) -> None:
        """Upload files concurrently.

        Args:
            context_id: ID of the context.
            uploads: the files to upload; each is opened only when its upload starts.
            on_stored: called in the caller's thread after each stored file.

        Raises:
            SourceChangedError: a source has changed since `check`; that file was not stored.
            AGBError: the first failure; completed uploads remain stored, and no upload starts after the failure.
        """
        self._workers.each(
            lambda upload: self._upload(context_id, upload), uploads, on_stored or (lambda _upload: None)
        )

    def download_many(self, context_id: str, downloads: Iterable[Download]) -> list[str]:
        """Download files concurrently. Contents are written as they are received and are not kept in memory.

        Args:
            context_id: ID of the context.
            downloads: the files to download; the target of each is opened only when its download starts.

        Returns:
            The paths of the files that do not exist, sorted. Source: GetContextFileDownloadUrl.

        Raises:
            FileTooLargeError: a file is larger than 64 GiB.
            AGBError: the first failure; completed downloads remain, and no download starts after the failure.
        """
        missing: list[str] = []

        def download(one: Download) -> None:
            if not self._download(context_id, one):
                missing.append(one.path)

        self._workers.each(download, downloads, lambda _download: None)
        return sorted(missing)

    def delete_many(self, context_id: str, paths: Iterable[str]) -> None:
        """Delete files concurrently; a file that does not exist is treated as deleted.

        The API reference documents no error code for a file that does not exist. After a rejected deletion, the file is
        treated as deleted only if the object store does not have it.

        Args:
            context_id: ID of the context.
            paths: absolute paths within the context.

        Raises:
            NotFoundError: the context does not exist.
            AGBError: the first failure; no deletion starts after it.
        """
        self._workers.each(lambda path: self._delete(context_id, path), paths, lambda _path: None)

    def delete_unchanged(self, context_id: str, versions: Mapping[str, str]) -> list[str]:
        """Delete files concurrently, except those that were changed after their version was read.

        The version is read immediately before each deletion and before each retry, because the API has no conditional
        deletion.

        Args:
            context_id: ID of the context.
            versions: versions by absolute path within the context, as returned by `versions`.

        Returns:
            The paths of the files that were kept, sorted. A file that does not exist is treated as deleted.

        Raises:
            NotFoundError: the context does not exist.
            AGBError: the first failure; no deletion starts after it.
        """
        kept: list[str] = []

        def require_unchanged(path: str) -> None:
            found = self._version(context_id, path)
            if found != versions[path]:
                raise _ChangedError(found is not None)

        def delete(path: str) -> None:
            try:
                require_unchanged(path)
                self._delete(context_id, path, before_retry=lambda: require_unchanged(path))
            except _ChangedError as change:
                if change.exists:
                    kept.append(path)

        self._workers.each(delete, versions, lambda _path: None)
        return sorted(kept)

    def versions(self, context_id: str, paths: Iterable[str]) -> dict[str, str]:
        """Return the versions of files from the object store, which is up to date even if listings lag.

        Args:
            context_id: ID of the context.
            paths: absolute paths within the context.

        Returns:
            Version of each existing file, by path. A version consists of the size in bytes and a key that differs after
            every write if the store sends an `ETag` or `Last-Modified` header. Source: GetContextFileDownloadUrl.
        """
        found: dict[str, str] = {}

        def read(path: str) -> None:
            if version := self._version(context_id, path):
                found[path] = version

        self._workers.each(read, paths, lambda _path: None)
        return found

    def digest(self, context_id: str, path: str) -> tuple[int, str]:
        """Download a file and return its size and digest, without keeping its content.

        Args:
            context_id: ID of the context.
            path: absolute path within the context.

        Returns:
            Size in bytes, and SHA-256 as hex digits. Source: GetContextFileDownloadUrl.

        Raises:
            NotFoundError: the file does not exist.
            FileTooLargeError: the file is larger than 64 GiB.
        """
        action = reading(context_id, path)
        found = self._read(context_id, path, lambda url: self._store.get(url, action, lambda: _Digest(action)))
        if found is None:
            raise messages.no_such_file(context_id, path)
        return found

    def read(self, context_id: str, path: str, limit: int) -> bytes | None:
        """Read a small file.

        Args:
            context_id: ID of the context.
            path: absolute path within the context.
            limit: maximum size in bytes.

        Returns:
            The content, or None if the file does not exist. Source: GetContextFileDownloadUrl.

        Raises:
            FileTooLargeError: the file is larger than `limit`.
        """
        return self.document(context_id, path).read(limit)

    def size(self, context_id: str, path: str) -> int | None:
        """Return the size of a file from the object store, which is up to date even if listings lag.

        Args:
            context_id: ID of the context.
            path: absolute path within the context.

        Returns:
            Size in bytes, or None if the file does not exist. Source: GetContextFileDownloadUrl.
        """
        found = self._stat(context_id, path)
        return None if found is None else found.size

    def document(self, context_id: str, path: str) -> Document:
        """Return a small file that is read and written several times.

        Args:
            context_id: ID of the context.
            path: absolute path within the context.

        Returns:
            The file; no request is sent until it is read, written or prepared.
        """
        return Document(self._calls, self._store, context_id, path)

    def _upload(self, context_id: str, upload: Upload) -> None:
        url = PresignedUrl(lambda: self._calls.get_file_upload_url(context_id, upload.path))
        url.use(lambda url: self._store.put(url, upload, f"upload {upload.path} to context {context_id}"))

    def _download(self, context_id: str, download: Download) -> bool:
        """Download a file; return False if it does not exist."""
        action = reading(context_id, download.path)
        with ExitStack() as targets:  # closes the targets of failed attempts

            def writer() -> Writer:
                target = Writer(download.open(), download.path, action)
                targets.callback(target.close)
                return target

            found = self._read(context_id, download.path, lambda url: self._store.get_stored(url, action, writer))
        if found is None:
            return False
        (size, sha256), stored = found
        download.keep(Downloaded(size, sha256, stored.key))
        return True

    def _delete(self, context_id: str, path: str, before_retry: Callable[[], None] | None = None) -> None:
        try:
            self._calls.erasures.delete_file(context_id, path, before_retry)
        except errors.RequestRejectedError as refusal:
            if not _may_mean_absent(refusal) or self.size(context_id, path) is not None:
                raise

    def _version(self, context_id: str, path: str) -> str | None:
        found = self._stat(context_id, path)
        return None if found is None else found.key

    def _stat(self, context_id: str, path: str) -> StoredObject | None:
        action = reading(context_id, path)
        return self._read(context_id, path, lambda url: self._store.stat(url, action))

    def _read(self, context_id: str, path: str, act: Callable[[str], T | None]) -> T | None:
        url = PresignedUrl(lambda: self._calls.get_file_download_url(context_id, path))
        return unless_absent(self._calls, context_id, path, lambda: url.use(act))


def _may_mean_absent(refusal: errors.RequestRejectedError) -> bool:
    return not isinstance(refusal, (errors.AuthenticationError, errors.NotFoundError))


class _ChangedError(Exception):
    """The file was changed or deleted after its version was read."""

    def __init__(self, exists: bool) -> None:
        super().__init__()
        self.exists = exists


class _Digest:
    """Reader that computes the size and digest of the content."""

    def __init__(self, action: str) -> None:
        self._action = action
        self._digest = hashlib.sha256()
        self._size = 0

    def receive(self, piece: bytes) -> bool:
        self._digest.update(piece)
        self._size += len(piece)
        return self._size <= LARGEST

    def result(self) -> tuple[int, str]:
        if self._size > LARGEST:
            raise messages.file_too_large(self._action, LARGEST)
        return self._size, self._digest.hexdigest()
