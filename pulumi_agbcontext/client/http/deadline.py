"""Time limits of calls: a scope that every wait inside it respects, down to the single read from a socket."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[Deadline | None] = ContextVar("agbcontext_deadline", default=None)

# Long waits are cut into slices, so that a cancelled scope is left within a fraction of a second.
SLICE = 0.25


class Deadline:
    """A moment after which nothing is waited for any more, never later than that of the scope around it.

    Args:
        seconds: from now until the deadline.
        outer: the scope around this one.
    """

    def __init__(self, seconds: float, outer: Deadline | None = None) -> None:
        self._end = time.monotonic() + seconds
        self._outer = outer

    def remaining(self) -> float:
        """Seconds left, 0.0 when the deadline has passed or was cancelled."""
        own = max(0.0, self._end - time.monotonic())
        return min(own, self._outer.remaining()) if self._outer else own

    def passed(self) -> bool:
        """Whether there is no time left."""
        return self.remaining() <= 0

    def cancel(self) -> None:
        """Let this deadline pass now: whatever waits inside it, in any thread, stops within half a second."""
        self._end = -math.inf

    def extend(self, seconds: float) -> None:
        """Move the deadline; a scope around it still holds.

        Args:
            seconds: by how much, later.
        """
        self._end += seconds

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the deadline.

        Args:
            seconds: how long to wait.
        """
        end = time.monotonic() + seconds
        while (left := min(end - time.monotonic(), self.remaining())) > 0:
            time.sleep(min(left, SLICE))


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """Run a block under a deadline; blocks inside it can only shorten it.

    Args:
        seconds: from now until the deadline.

    Returns:
        The deadline of the block.
    """
    with _scope(Deadline(seconds, _current.get())) as deadline:
        yield deadline


@contextmanager
def apart(seconds: float) -> Iterator[Deadline]:
    """Run a block under a deadline of its own, although the one around it may have passed: to clean up.

    Args:
        seconds: from now until the deadline.

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
    """The deadline of the innermost scope; without one, a deadline that never passes."""
    return _current.get() or Deadline(math.inf)
