"""API calls that erase data, with an optional check before a call of unknown outcome is retried."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_agbcontext.client.api import operations
from pulumi_agbcontext.client.api.models import OperationResult
from pulumi_agbcontext.client.api.transport import Transport

Check = Callable[[], None]


class Erasures:
    """Calls that clear and delete contexts and delete files; safe to share between threads.

    Args:
        transport: sends the calls.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def delete(self, context_id: str, before_retry: Check | None = None) -> OperationResult:
        """Delete a context and all its files.

        Args:
            context_id: ID of the context.
            before_retry: called before each retry; it may raise to prevent the retry.

        Returns:
            A result without data. Source: DeleteContext.

        Raises:
            AGBError: the API rejected the call, or no usable response was received.
        """
        return self._transport.call(operations.DELETE_CONTEXT, {"id": context_id}, settle=before_retry)

    def clear(self, context_id: str, before_retry: Check | None = None) -> OperationResult:
        """Start deleting all files in a context.

        Args:
            context_id: ID of the context.
            before_retry: called before each retry; it may raise to prevent the retry.

        Returns:
            A result without data. Source: ClearContext.

        Raises:
            AGBError: the API rejected the call, or no usable response was received.
        """
        return self._transport.call(operations.CLEAR_CONTEXT, {"id": context_id}, settle=before_retry)

    def delete_file(self, context_id: str, file_path: str, before_retry: Check | None = None) -> OperationResult:
        """Delete a file.

        Args:
            context_id: ID of the context.
            file_path: absolute path within the context.
            before_retry: called before each retry; it may raise to prevent the retry.

        Returns:
            A result without data. Source: DeleteContextFile.

        Raises:
            AGBError: the API rejected the call, or no usable response was received.
        """
        arguments = {"contextId": context_id, "filePath": file_path}
        return self._transport.call(operations.DELETE_FILE, arguments, settle=before_retry)
