"""Presigned URLs, and reading through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pulumi_agbcontext import errors
from pulumi_agbcontext.client.api.calls import ContextCalls
from pulumi_agbcontext.client.api.models import FileUrlResult
from pulumi_agbcontext.client.api.replica_lag import observe_files

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


def unless_absent(calls: ContextCalls, context_id: str, path: str, read: Callable[[], T | None]) -> T | None:
    """Read a file; a refusal for a path that three listings do not show means that there is no such file.

    Stores that do not let their objects be listed answer 403 for an object that does not exist.

    Args:
        calls: the API to ask.
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
        if not refused or observe_files(calls, context_id, {path: None}):
            raise
        return None


def reading(context_id: str, path: str) -> str:
    """Name the action of reading a file, for an error."""
    return f"read {path} of context {context_id}"
