"""How many transfers are under way at once: as many as are allowed, and fewer while the API asks for less."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pulumi_agbcontext.client import deadline

# One more after five rounds without a complaint: each try may cost a refused request, for which successes have to pay.
_GROWTH = 0.2


class Pace:
    """Turns for tasks: half as many after a complaint of the API, but always one, and slowly more again.

    Args:
        most: turns at once while nobody complains.
    """

    def __init__(self, most: int) -> None:
        self._most = self._allowed = float(most)
        self._taken = 0
        self._slowed_at = -math.inf
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and keep it for a block. The waiting ends with the current deadline at the latest."""
        turn = _Turn(self)
        token = _current.set(turn)
        self.begin(turn)
        try:
            yield
            self._speed_up()
        finally:
            self.end()
            _current.reset(token)

    def begin(self, turn: _Turn) -> None:
        """Wait until there is room for a turn."""
        scope = deadline.current()
        with self._changed:
            while self._taken >= int(self._allowed) and not scope.passed():
                self._changed.wait(deadline.SLICE)
            self._taken += 1
        turn.began = time.monotonic()

    def end(self) -> None:
        """Make room for another turn."""
        with self._changed:
            self._taken -= 1
            self._changed.notify()

    def slow_down(self, turn: _Turn) -> None:
        """Halve the turns after a complaint; those that were under way together complain of the same."""
        with self._changed:
            if turn.began > self._slowed_at:
                self._allowed = max(1.0, self._allowed / 2)
                self._slowed_at = time.monotonic()

    def _speed_up(self) -> None:
        if self._allowed < self._most:
            with self._changed:
                self._allowed = min(self._most, self._allowed + _GROWTH / self._allowed)
                self._changed.notify()


class _Turn:
    """A turn that somebody has taken."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.began = 0.0


_current: ContextVar[_Turn | None] = ContextVar("agbcontext_turn", default=None)


def slow_down() -> None:
    """Note that the API has asked for less; outside of a turn there is nobody to listen."""
    if turn := _current.get():
        turn.pace.slow_down(turn)


@contextmanager
def aside() -> Iterator[None]:
    """Let others have this turn for a block, and wait for another one after it."""
    turn = _current.get()
    if turn is None:
        yield
        return
    turn.pace.end()
    try:
        yield
    finally:
        turn.pace.begin(turn)
