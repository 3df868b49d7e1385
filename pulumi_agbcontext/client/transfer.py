"""The contents of files: many uploads at once, and single reads, through presigned URLs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.connections import Connections
from pulumi_agbcontext.client.models import FileUrlResult
from pulumi_agbcontext.client.parallel import Workers
from pulumi_agbcontext.client.presigned import ObjectStore
from pulumi_agbcontext.client.upload import Upload
from pulumi_agbcontext.messages import reasons

if TYPE_CHECKING:
    from pulumi_agbcontext.client.service import ContextService

__all__ = ["Transfers", "Upload"]

T = TypeVar("T")


class Transfers:
    """Uploads, downloads and deletions of files of any context of one account; safe to share between threads.

    Every method raises TransferError where a presigned URL fails, and what ContextService raises where a call does.

    Args:
        service: hands out presigned URLs.
        connections: pooled.
    """

    def __init__(self, service: ContextService, connections: Connections) -> None:
        account = service.account
        self._service = service
        self._store = ObjectStore(connections, account.timeout, account.allow_insecure)
        self._workers = Workers(account.parallel_uploads)

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

        Args:
            context_id: of the context.
            paths: absolute within it.

        Raises:
            AGBError: the first failure; no deletion was started after it.
        """
        self._workers.each(lambda path: self._delete(context_id, path), paths, lambda _path: None)

    def digest(self, context_id: str, path: str) -> tuple[int, str]:
        """Read what is stored under a path, and keep only its size and digest.

        Args:
            context_id: of the context.
            path: absolute within it.

        Returns:
            Size in bytes, and SHA-256 as hex digits.

        Raises:
            NotFoundError: there is no such file.
        """
        found = self._download(context_id, path, _digest_of)
        if found is None:
            raise messages.no_such_file(context_id, path)
        return found

    def read(self, context_id: str, path: str, limit: int) -> bytes | None:
        """Read a small file.

        Args:
            context_id: of the context.
            path: absolute within it.
            limit: bytes that it may have.

        Returns:
            Its content, None where there is no such file.

        Raises:
            TransferError: it is longer than `limit`.
        """

        def consume(chunks: Iterator[bytes]) -> bytes:
            content = bytearray()
            for chunk in chunks:
                content += chunk
                if len(content) > limit:
                    raise messages.transfer_failed(_reading(context_id, path), reasons.TOO_LONG)
            return bytes(content)

        try:
            return self._download(context_id, path, consume)
        except errors.NotFoundError:
            return None

    def exists(self, context_id: str, path: str) -> bool:
        """Ask the object store whether there is a file, which is certain where a listing may lag.

        Args:
            context_id: of the context.
            path: absolute within it.

        Returns:
            Whether its first byte can be read, or it is empty.
        """
        try:
            return _with_fresh_url(
                lambda: self._service.get_file_download_url(context_id, path),
                lambda url: self._store.exists(url, _reading(context_id, path)),
            )
        except errors.NotFoundError:
            return False

    def _upload(self, context_id: str, upload: Upload) -> None:
        _with_fresh_url(
            lambda: self._service.get_file_upload_url(context_id, upload.path),
            lambda url: self._store.put(url, upload, f"upload {upload.path} to context {context_id}"),
        )

    def _delete(self, context_id: str, path: str) -> None:
        try:
            self._service.delete_file(context_id, path)
        except errors.NotFoundError:
            return

    def _download(self, context_id: str, path: str, consume: Callable[[Iterator[bytes]], T]) -> T | None:
        return _with_fresh_url(
            lambda: self._service.get_file_download_url(context_id, path),
            lambda url: self._store.get(url, _reading(context_id, path), consume),
        )


def _with_fresh_url(ask: Callable[[], FileUrlResult], use: Callable[[str], T]) -> T:
    """Use a presigned URL at once, and one other where the store says that it is valid no longer."""
    try:
        return use(ask().url)
    except errors.TransferError as error:
        if error.http_status != 403:
            raise
    return use(ask().url)


def _digest_of(chunks: Iterator[bytes]) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def _reading(context_id: str, path: str) -> str:
    return f"read {path} of context {context_id}"
