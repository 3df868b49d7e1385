"""A small file in a context that is read and written several times through the same presigned URLs."""

from __future__ import annotations

import hashlib
import io
from typing import TypeVar

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.calls import ContextCalls
from pulumi_agbcontext.client.http import Collector
from pulumi_agbcontext.client.transfer.presigned_requests import ObjectStore
from pulumi_agbcontext.client.transfer.presigned_url import PresignedUrl, reading, unless_absent
from pulumi_agbcontext.client.transfer.upload import Upload

T = TypeVar("T")


class Document:
    """A small file in a context; reads of a known path from the object store are assumed to be consistent.

    Args:
        calls: the API calls that return presigned URLs.
        store: the object store.
        context_id: ID of the context.
        path: absolute path within the context.
    """

    def __init__(self, calls: ContextCalls, store: ObjectStore, context_id: str, path: str) -> None:
        self._calls = calls
        self._store = store
        self._context_id = context_id
        self._path = path
        self._download_url = PresignedUrl(lambda: calls.get_file_download_url(context_id, path))
        self._upload_url = PresignedUrl(lambda: calls.get_file_upload_url(context_id, path))

    def read(self, limit: int) -> bytes | None:
        """Read the file.

        Args:
            limit: maximum size in bytes.

        Returns:
            The content, or None if the file does not exist. Source: GetContextFileDownloadUrl.

        Raises:
            FileTooLargeError: the file is larger than `limit`.
            AGBError: the file could not be read, which does not prove that it does not exist.
        """
        action = reading(self._context_id, self._path)
        return unless_absent(
            self._calls,
            self._context_id,
            self._path,
            lambda: self._download_url.use(lambda url: self._store.get(url, action, lambda: _Bounded(limit, action))),
        )

    def write(self, content: bytes) -> None:
        """Replace the content of the file in a single attempt, because other programs may write to it.

        Args:
            content: the new content.

        Raises:
            AGBError: the store did not acknowledge the write; the content may still have been stored.
        """
        digest = hashlib.sha256(content).hexdigest()
        upload = Upload(self._path, len(content), digest, lambda: io.BytesIO(content))
        action = f"upload {self._path} to context {self._context_id}"
        self._upload_url.use_once(lambda url: self._store.put(url, upload, action, idempotent=False))

    def renew(self) -> None:
        """Request a new upload URL, because the previous one may have expired."""
        self._upload_url.renew()

    def prepare(self) -> None:
        """Request both URLs now, to minimize the time between a read and a write."""
        self._upload_url.prepare()
        self._download_url.prepare()


class _Bounded(Collector):
    """Collector for the complete content of a small file."""

    def __init__(self, limit: int, action: str) -> None:
        super().__init__(limit)
        self._action = action

    def result(self) -> bytes:
        if self.truncated:
            raise messages.file_too_large(self._action, self.limit)
        return self.content
