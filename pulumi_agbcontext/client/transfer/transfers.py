"""The contents of files: many uploads at once, and single reads, through presigned URLs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.api.calls import ContextCalls
from pulumi_agbcontext.client.http import HttpClient
from pulumi_agbcontext.client.http.retry_policy import RetryPolicy
from pulumi_agbcontext.client.transfer.document import Document
from pulumi_agbcontext.client.transfer.presigned_requests import ObjectStore
from pulumi_agbcontext.client.transfer.presigned_url import PresignedUrl, reading, unless_absent
from pulumi_agbcontext.client.transfer.upload import Upload
from pulumi_agbcontext.client.transfer.workers import Workers

__all__ = ["Transfers", "Upload"]

T = TypeVar("T")


class Transfers:
    """Uploads, downloads and deletions of files of any context of one account; safe to share between threads.

    Every method raises TransferError where a presigned URL fails, and what ContextService raises where a call does.

    Args:
        calls: the Context API, which signs URLs.
        http: sends the requests.
        policy: of retries; its limiter says how many transfers may run at once.
    """

    def __init__(self, calls: ContextCalls, http: HttpClient, policy: RetryPolicy) -> None:
        account = calls.account
        self._calls = calls
        self._store = ObjectStore(http, policy, account.timeout, account.allow_insecure)
        self._workers = Workers(account.parallel_uploads, policy.limiter)

    def upload_many(
        self, context_id: str, uploads: Iterable[Upload], on_stored: Callable[[Upload], None] | None = None
    ) -> None:
        """Store files, several at once.

        Args:
            context_id: of the context.
            uploads: what to store; each is opened only when its turn comes.
            on_stored: called in this thread after each file.

        Raises:
            SourceChangedError: a source is not what `check` saw; that file was not stored.
            AGBError: the first failure; files before it are stored, no other was started after it.
        """
        self._workers.each(
            lambda upload: self._upload(context_id, upload), uploads, on_stored or (lambda _upload: None)
        )

    def delete_many(self, context_id: str, paths: Iterable[str]) -> None:
        """Delete files, several at once; a file that is not there counts as deleted.

        The reference names no code for a file that does not exist, so after a refused deletion the object store is
        asked: only a file that it does not have counts as deleted.

        Args:
            context_id: the API's id of the context.
            paths: absolute paths within it.

        Raises:
            NotFoundError: there is no such context.
            AGBError: the first failure; no deletion was started after it.
        """
        refused: dict[str, errors.RequestRejectedError] = {}

        def delete(path: str) -> None:
            try:
                self._calls.delete_file(context_id, path)
            except errors.RequestRejectedError as refusal:
                if not _may_mean_absent(refusal):
                    raise
                refused[path] = refusal

        self._workers.each(delete, paths, lambda _path: None)
        for path, refusal in refused.items():
            if self.size(context_id, path) is not None:
                raise refusal

    def digest(self, context_id: str, path: str) -> tuple[int, str]:
        """Read what is stored under a path, and keep only its size and digest.

        Args:
            context_id: the API's id of the context.
            path: absolute path within it.

        Returns:
            Size in bytes, and SHA-256 as hex digits. Source: GetContextFileDownloadUrl.

        Raises:
            NotFoundError: there is no such file.
        """
        action = reading(context_id, path)
        found = self._read(context_id, path, lambda url: self._store.get(url, action, _Digest))
        if found is None:
            raise messages.no_such_file(context_id, path)
        return found

    def read(self, context_id: str, path: str, limit: int) -> bytes | None:
        """Read a small file.

        Args:
            context_id: the API's id of the context.
            path: absolute path within it.
            limit: maximum size in bytes.

        Returns:
            Its content, None where there is no such file. Source: GetContextFileDownloadUrl.

        Raises:
            FileTooLargeError: it is larger than `limit`.
        """
        return self.document(context_id, path).read(limit)

    def size(self, context_id: str, path: str) -> int | None:
        """Ask the object store for the size of a file, which is certain where a listing may lag.

        Args:
            context_id: the API's id of the context.
            path: absolute path within it.

        Returns:
            Bytes, None where there is no such file. Source: GetContextFileDownloadUrl.
        """
        action = reading(context_id, path)
        return self._read(context_id, path, lambda url: self._store.size(url, action))

    def document(self, context_id: str, path: str) -> Document:
        """Give access to one small file that is read and written several times.

        Args:
            context_id: the API's id of the context.
            path: absolute path within it.

        Returns:
            The file; no request is sent before it is read or written.
        """
        return Document(self._calls, self._store, context_id, path)

    def _upload(self, context_id: str, upload: Upload) -> None:
        url = PresignedUrl(lambda: self._calls.get_file_upload_url(context_id, upload.path))
        url.use(lambda url: self._store.put(url, upload, f"upload {upload.path} to context {context_id}"))

    def _read(self, context_id: str, path: str, act: Callable[[str], T | None]) -> T | None:
        url = PresignedUrl(lambda: self._calls.get_file_download_url(context_id, path))
        return unless_absent(self._calls, context_id, path, lambda: url.use(act))


def _may_mean_absent(refusal: errors.RequestRejectedError) -> bool:
    return not isinstance(refusal, (errors.AuthenticationError, errors.NotFoundError))


class _Digest:
    """The size and digest of what is read."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._size = 0

    def receive(self, piece: bytes) -> bool:
        self._digest.update(piece)
        self._size += len(piece)
        return True

    def result(self) -> tuple[int, str]:
        return self._size, self._digest.hexdigest()
