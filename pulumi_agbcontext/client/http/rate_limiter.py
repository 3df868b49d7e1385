"""How many requests are sent a second, once they were throttled."""

from __future__ import annotations

import math
import threading
import time

from pulumi_agbcontext.client.http import deadline

# Between two reductions: what was sent before the first one is throttled for the same reason.
PATIENCE = 0.3


class RateLimiter:
    """Spaces requests once they were throttled; safe to share between threads.

    The rate becomes nine tenths of what got through, and grows by 4 % in the first second without throttling, by twice
    as much in each further one.
    """

    _BACK = 0.9
    _STEP = 0.04
    _LEAST = 1.0
    _BLIND = 10.0  # where nothing has got through yet
    _USED = 0.7
    _SECONDS = 1.0  # without throttling before the rate grows

    def __init__(self) -> None:
        self._rate = math.inf
        self._step = self._STEP
        self._next = 0.0
        self._adapted_at = self._throttled_at = -math.inf
        self._asked_at = self._busy_since = -math.inf
        self._passed = _Recently()
        self._lock = threading.Lock()

    def wait(self) -> bool:
        """Wait for the moment of the next request; False at once where that is after the current deadline."""
        now = time.monotonic()
        if now - self._asked_at > _Recently.SECONDS:
            self._busy_since = now
        self._asked_at = now
        if math.isinf(self._rate):
            return True
        scope = deadline.current()
        with self._lock:
            now = time.monotonic()
            self._grow(now)
            moment = max(now, self._next)
            if moment - now >= scope.remaining():
                return False
            self._next = moment + 1 / self._rate
        scope.sleep(moment - now)
        return True

    def succeeded(self) -> None:
        """Count a request that got through."""
        with self._lock:
            self._passed.add(time.monotonic())

    def throttled(self, *, surely_too_fast: bool = True) -> None:
        """Lower the rate below that of the requests that got through.

        Args:
            surely_too_fast: whether fewer requests at once would not do; otherwise they are tried for two seconds.
        """
        with self._lock:
            now = time.monotonic()
            # What got through in a shorter time says little of a rate.
            least = PATIENCE if surely_too_fast or math.isfinite(self._rate) else _Recently.SECONDS
            if now - self._busy_since < least or now - self._throttled_at < PATIENCE:
                return
            passed = self._passed.rate(now) or self._BLIND
            self._rate = max(self._LEAST, self._BACK * min(self._rate, passed))
            self._step = self._STEP
            self._adapted_at = self._throttled_at = now

    def _grow(self, now: float) -> None:
        if now - self._adapted_at < self._SECONDS:
            return
        self._adapted_at = now
        if self._passed.rate(now) >= self._USED * self._rate:  # otherwise something else is what limits it
            self._rate *= 1 + self._step
            self._step *= 2


class _Recently:
    """Counts what happened in the last two seconds, in slices of a quarter of a second."""

    SECONDS = 2.0
    _SLICE = 0.25
    _SLICES = 8

    def __init__(self) -> None:
        self._counts = [0] * self._SLICES
        self._slice = 0
        self._first = 0

    def add(self, now: float) -> None:
        """Count one."""
        self._forget(now)
        self._counts[self._slice % self._SLICES] += 1

    def rate(self, now: float) -> float:
        """Return how many there were in a second."""
        self._forget(now)
        slices = min(self._SLICES, self._slice - self._first + 1)
        return sum(self._counts) / (slices * self._SLICE)

    def _forget(self, now: float) -> None:
        current = int(now / self._SLICE)
        if current - self._slice >= self._SLICES:  # the first one after a pause
            self._counts = [0] * self._SLICES
            self._slice = self._first = current
        while self._slice < current:
            self._slice += 1
            self._counts[self._slice % self._SLICES] = 0
