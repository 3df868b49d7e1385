"""Operations in flight in a plugin process, with their custom timeouts and their common cancellation."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_agbcontext.client.http.deadline import Deadline, within
from pulumi_agbcontext.messages import causes


class OperationsInFlight:
    """Registry of the operations in flight. It applies their timeouts and cancels all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scopes: set[Deadline] = set()
        self._cancelled = False

    @contextmanager
    def operation(self, seconds: float = 0.0) -> Iterator[Deadline]:
        """Run a block with a timeout. The block also ends when all operations are cancelled.

        Args:
            seconds: custom timeout of the resource in seconds; 0 for none.
        """
        with within(seconds or math.inf) as scope:
            with self._lock:
                self._scopes.add(scope)
                if self._cancelled:
                    scope.cancel()
            try:
                yield scope
            finally:
                with self._lock:
                    self._scopes.discard(scope)

    def cancel(self) -> None:
        """Cancel all operations in flight. Operations that start later are cancelled immediately."""
        with self._lock:
            self._cancelled = True
            for scope in self._scopes:
                scope.cancel()

    def why_stopped(self, scope: Deadline, seconds: float) -> str:
        """Return the reason why a block was interrupted, as one sentence, or an empty string."""
        if self._cancelled:
            return causes.CANCELLED
        return causes.custom_timeout(seconds) if seconds and scope.passed() else ""
