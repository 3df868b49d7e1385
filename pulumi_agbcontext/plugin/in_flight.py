"""The operations in flight in a plugin process, each under its time limit, and all of them under the user's Ctrl-C."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_agbcontext.client.http.deadline import Deadline, within
from pulumi_agbcontext.messages import causes


class OperationsInFlight:
    """Bounds operations, and cancels them all at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scopes: set[Deadline] = set()
        self._cancelled = False

    @contextmanager
    def operation(self, seconds: float = 0.0) -> Iterator[Deadline]:
        """Run a block until it ends, its time is up, or everything is cancelled.

        Args:
            seconds: the resource's custom time-out, 0 for none.
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
        """Let every operation stop now, and any later one at once."""
        with self._lock:
            self._cancelled = True
            for scope in self._scopes:
                scope.cancel()

    def why_stopped(self, scope: Deadline, seconds: float) -> str:
        """Say why a block was ended before its end, if it was: one sentence, or nothing."""
        if self._cancelled:
            return causes.CANCELLED
        return causes.custom_timeout(seconds) if seconds and scope.passed() else ""
