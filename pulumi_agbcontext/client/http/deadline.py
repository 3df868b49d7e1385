"""Deadlines of calls. A scope limits every wait inside it, down to a single read from a socket."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[Deadline | None] = ContextVar("agbcontext_deadline", default=None)

# Long waits are split into slices of this many seconds, so that they respond to a cancellation quickly.
SLICE = 0.25


class Deadline:
    """A deadline for all waits in a scope, never later than the deadline of the enclosing scope.

    Args:
        seconds: seconds from now until the deadline.
        outer: deadline of the enclosing scope.
    """

    def __init__(self, seconds: float, outer: Deadline | None = None) -> None:
        self._end = time.monotonic() + seconds
        self._outer = outer

    def remaining(self) -> float:
        """Return the remaining seconds, or 0.0 if the deadline has passed or was cancelled."""
        own = max(0.0, self._end - time.monotonic())
        return min(own, self._outer.remaining()) if self._outer else own

    def passed(self) -> bool:
        """Return whether the deadline has passed."""
        return self.remaining() <= 0

    def cancel(self) -> None:
        """Expire the deadline now; every wait inside the scope, in any thread, ends within half a second."""
        self._end = -math.inf

    def limit(self, seconds: float) -> None:
        """Shorten the remaining time, unless it is already shorter.

        Args:
            seconds: maximum number of seconds from now until the deadline.
        """
        self._end = min(self._end, time.monotonic() + seconds)

    def extend(self, seconds: float) -> None:
        """Extend the deadline; the deadline of the enclosing scope still applies.

        Args:
            seconds: seconds to add.
        """
        self._end += seconds

    def sleep(self, seconds: float) -> None:
        """Sleep until the time has elapsed or the deadline passes.

        Args:
            seconds: seconds to sleep.
        """
        end = time.monotonic() + seconds
        while (left := min(end - time.monotonic(), self.remaining())) > 0:
            time.sleep(min(left, SLICE))


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """Run a block under a deadline; nested blocks can only shorten it.

    Args:
        seconds: seconds from now until the deadline.

    Returns:
        The deadline of the block.
    """
    with _scope(Deadline(seconds, _current.get())) as deadline:
        yield deadline


@contextmanager
def apart(seconds: float) -> Iterator[Deadline]:
    """Run a block under an independent deadline, for cleanup after the enclosing deadline may have passed.

    Args:
        seconds: seconds from now until the deadline.

    Returns:
        The deadline of the block.
    """
    with _scope(Deadline(seconds)) as deadline:
        yield deadline


@contextmanager
def _scope(deadline: Deadline) -> Iterator[Deadline]:
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


def current() -> Deadline:
    """Return the deadline of the innermost scope, or a deadline that never passes if there is none."""
    return _current.get() or Deadline(math.inf)
