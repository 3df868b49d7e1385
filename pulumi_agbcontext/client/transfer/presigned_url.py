"""Presigned URLs, and reads that use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pulumi_agbcontext import errors
from pulumi_agbcontext.client.api.calls import ContextCalls
from pulumi_agbcontext.client.api.models import FileUrlResult
from pulumi_agbcontext.client.api.replica_lag import observe_files

T = TypeVar("T")


class PresignedUrl:
    """A presigned URL, requested on first use and again when the store no longer accepts it.

    Args:
        ask: requests a URL from the API.
    """

    def __init__(self, ask: Callable[[], FileUrlResult]) -> None:
        self._ask = ask
        self._url = ""

    def use(self, act: Callable[[str], T]) -> T:
        """Call `act` with the URL.

        Args:
            act: receives the URL; called again with a new URL if the store responds with 403.

        Raises:
            TransferError: the store rejected the new URL too, or the transfer failed.
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
        """Call `act` with the URL, without a retry; after a failure, the next use requests a new URL."""
        self.prepare()
        url, self._url = self._url, ""
        result = act(url)
        self._url = url
        return result

    def prepare(self) -> None:
        """Request the URL now if there is none yet."""
        self._url = self._url or self._ask().url

    def renew(self) -> None:
        """Request a new URL."""
        self._url = self._ask().url


def unless_absent(calls: ContextCalls, context_id: str, path: str, read: Callable[[], T | None]) -> T | None:
    """Read a file. If the store rejects the read and three listings do not contain the path, the file does not exist.

    Stores without permission to list objects return 403 for an object that does not exist.

    Args:
        calls: the API to call.
        context_id: ID of the context.
        path: absolute path within the context.
        read: reads the file; returns None if the store reports that the file does not exist.

    Raises:
        NotFoundError: the context does not exist.
        AGBError: the file could not be read.
    """
    try:
        return read()
    except (errors.AuthenticationError, errors.NotFoundError):
        raise
    except (errors.RequestRejectedError, errors.TransferError) as refusal:
        refused = isinstance(refusal, errors.RequestRejectedError) or refusal.http_status == 403
        if not refused or observe_files(calls, context_id, {path: None}):
            raise
        return None


def reading(context_id: str, path: str) -> str:
    """Return the description of a read for an error."""
    return f"read {path} from context {context_id}"
