"""A thread that aborts exchanges whose deadline has passed, because urllib3 has no timeout for a whole exchange."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from pulumi_agbcontext.client.http.deadline import SLICE, Deadline


class Exchange(Protocol):
    """An exchange that another thread can abort."""

    scope: Deadline

    def abort(self) -> None:
        """Abort the exchange."""
        ...


class Watchdog:
    """Thread that checks the deadlines of running exchanges every quarter of a second."""

    def __init__(self) -> None:
        self._watched: set[Exchange] = set()
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, exchange: Exchange) -> Iterator[None]:
        """Watch an exchange for the duration of a block."""
        with self._changed:
            self._watched.add(exchange)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="agbcontext-deadlines", daemon=True)
                self._thread.start()
            elif len(self._watched) == 1:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._watched.discard(exchange)

    def close(self) -> None:
        """Stop the thread, without waiting: the garbage collector may call it."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def join(self) -> None:
        """Wait until the thread has ended after `close`."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                self._changed.wait(SLICE if self._watched else None)
                for exchange in self._watched:
                    if exchange.scope.passed():
                        exchange.abort()
