"""One small file in a context, read and written several times through the same presigned URLs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.http import Collector
from pulumi_agbcontext.client.listing import observe_files
from pulumi_agbcontext.client.models import FileUrlResult
from pulumi_agbcontext.client.presigned import ObjectStore
from pulumi_agbcontext.client.upload import Upload

if TYPE_CHECKING:
    from pulumi_agbcontext.client.service import ContextService

T = TypeVar("T")


class PresignedUrl:
    """A presigned URL, asked for when it is first needed and again when the store no longer accepts it.

    Args:
        ask: requests a URL from the API.
    """

    def __init__(self, ask: Callable[[], FileUrlResult]) -> None:
        self._ask = ask
        self._url = ""

    def use(self, act: Callable[[str], T]) -> T:
        """Act on the URL.

        Args:
            act: takes the URL; it is called again with a fresh one where the store answers 403.

        Raises:
            TransferError: the store refused a fresh URL too, or the transfer failed.
        """
        self.prepare()
        try:
            return act(self._url)
        except errors.TransferError as error:
            if error.http_status != 403:
                raise
        self._url = self._ask().url
        return act(self._url)

    def use_once(self, act: Callable[[str], T]) -> T:
        """Act on the URL, and do not repeat it; where that fails, the next use asks for a fresh URL."""
        self.prepare()
        url, self._url = self._url, ""
        result = act(url)
        self._url = url
        return result

    def prepare(self) -> None:
        """Request the URL now, where there is none yet."""
        self._url = self._url or self._ask().url

    def renew(self) -> None:
        """Request another URL."""
        self._url = self._ask().url


class Document:
    """A small file in a context; the object store's reads of a known path are taken to be consistent.

    Args:
        service: signs the URLs.
        store: the object store.
        context_id: the API's id of the context.
        path: absolute path within it.
    """

    def __init__(self, service: ContextService, store: ObjectStore, context_id: str, path: str) -> None:
        self._service = service
        self._store = store
        self._context_id = context_id
        self._path = path
        self._download_url = PresignedUrl(lambda: service.get_file_download_url(context_id, path))
        self._upload_url = PresignedUrl(lambda: service.get_file_upload_url(context_id, path))

    def read(self, limit: int) -> bytes | None:
        """Read the file.

        Args:
            limit: maximum size in bytes.

        Returns:
            Its content, None where there is no such file. Source: GetContextFileDownloadUrl.

        Raises:
            FileTooLargeError: it is larger than `limit`.
            AGBError: it could not be read, which does not prove that it is absent.
        """
        action = reading(self._context_id, self._path)
        return unless_absent(
            self._service,
            self._context_id,
            self._path,
            lambda: self._download_url.use(lambda url: self._store.get(url, action, lambda: _Bounded(limit, action))),
        )

    def write(self, content: bytes) -> None:
        """Replace the content of the file, in a single attempt: others may write to it, too.

        Args:
            content: the new content.

        Raises:
            AGBError: the store did not acknowledge it; it may have been stored all the same.
        """
        digest = hashlib.sha256(content).hexdigest()
        upload = Upload(self._path, len(content), digest, lambda: io.BytesIO(content))
        action = f"upload {self._path} to context {self._context_id}"
        self._upload_url.use_once(lambda url: self._store.put(url, upload, action, retryable=False))

    def renew(self) -> None:
        """Request another URL to write to: the first one may have expired."""
        self._upload_url.renew()

    def prepare(self) -> None:
        """Request both URLs now, so that nothing but the transfers themselves lies between a read and a write."""
        self._upload_url.prepare()
        self._download_url.prepare()


def unless_absent(service: ContextService, context_id: str, path: str, read: Callable[[], T | None]) -> T | None:
    """Read a file; a refusal for a path that three listings do not show means that there is no such file.

    Stores that do not let their objects be listed answer 403 for an object that does not exist.

    Args:
        service: the API to ask.
        context_id: the API's id of the context.
        path: absolute path within it.
        read: reads the file; None where the store says that it does not exist.

    Raises:
        NotFoundError: there is no such context.
        AGBError: the file could not be read.
    """
    try:
        return read()
    except (errors.AuthenticationError, errors.NotFoundError):
        raise
    except (errors.RequestRejectedError, errors.TransferError) as refusal:
        refused = isinstance(refusal, errors.RequestRejectedError) or refusal.http_status == 403
        if not refused or observe_files(service, context_id, {path: None}):
            raise
        return None


def reading(context_id: str, path: str) -> str:
    """Name the action of reading a file, for an error."""
    return f"read {path} of context {context_id}"


class _Bounded(Collector):
    """The whole content of a small file."""

    def __init__(self, limit: int, action: str) -> None:
        super().__init__(limit)
        self._action = action

    def result(self) -> bytes:
        if self.truncated:
            raise messages.file_too_large(self._action, self.limit)
        return self.content
