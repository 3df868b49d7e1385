"""Operations in flight in a provider process, with their custom timeouts and their joint cancellation."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_agbcontext.client.http.deadline import Deadline, within
from pulumi_agbcontext.errors import AGBError, WaitTimeoutError
from pulumi_agbcontext.messages import causes


class OperationsInFlight:
    """Registry of the operations in flight, which applies their timeouts and can cancel all of them."""

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

    def worded(self, failure: Exception, scope: Deadline, seconds: float) -> str:
        """Return the message for a failed block, with the reason if the block was interrupted.

        Args:
            failure: the failure.
            scope: the scope of the block.
            seconds: custom timeout of the resource in seconds; 0 for none.
        """
        if not self._cancelled and not (seconds and scope.passed()):
            return str(failure)
        interruption = causes.CANCELLED if self._cancelled else causes.custom_timeout(seconds)
        ended = failure if isinstance(failure, AGBError) else failure.__cause__
        if isinstance(ended, WaitTimeoutError):
            return f"{ended.summary.replace(f'Timed out after {ended.timeout:g} s', 'Stopped')}: {interruption}"
        if isinstance(ended, AGBError) and ended.cause == causes.OUT_OF_TIME:
            return f"{ended.summary}: {interruption}"
        return f"{failure} {interruption[:1].upper()}{interruption[1:]}"
