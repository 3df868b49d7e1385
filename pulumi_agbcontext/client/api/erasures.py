"""The calls that erase data: whoever makes them may have to look again before one of unknown outcome is repeated."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_agbcontext.client.api import operations
from pulumi_agbcontext.client.api.models import OperationResult
from pulumi_agbcontext.client.api.transport import Transport

Check = Callable[[], None]


class Erasures:
    """Clears and deletes contexts; safe to share between threads.

    Args:
        transport: makes the calls.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def delete(self, context_id: str, before_repeat: Check | None = None) -> OperationResult:
        """Delete a context with everything in it.

        Args:
            context_id: the API's id.
            before_repeat: called before each repeat; it may raise to prevent it.

        Returns:
            A success without data. Source: DeleteContext.

        Raises:
            AGBError: it was refused, or no usable answer came.
        """
        return self._transport.call(operations.DELETE_CONTEXT, {"id": context_id}, settle=before_repeat)

    def clear(self, context_id: str, before_repeat: Check | None = None) -> OperationResult:
        """Start to erase everything in a context.

        Args:
            context_id: the API's id.
            before_repeat: called before each repeat; it may raise to prevent it.

        Returns:
            A success without data. Source: ClearContext.

        Raises:
            AGBError: it was refused, or no usable answer came.
        """
        return self._transport.call(operations.CLEAR_CONTEXT, {"id": context_id}, settle=before_repeat)
