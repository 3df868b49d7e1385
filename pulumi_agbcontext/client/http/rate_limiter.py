"""Limit on the request rate after throttling."""

from __future__ import annotations

import math
import threading
import time

from pulumi_agbcontext.client.http import deadline

# Minimum seconds between two reductions: requests sent before the first one are throttled for the same reason.
REDUCTION_SECONDS = 0.3


class RateLimiter:
    """Limiter of the request rate after throttling; safe to share between threads.

    Throttling sets the rate to 90 % of the rate of successful requests. The rate then grows by 4 % in the first second
    without throttling; the growth doubles in each further second.
    """

    _BACK = 0.9
    _STEP = 0.04
    _LEAST = 1.0
    _BLIND = 10.0  # used while no request has succeeded
    _USED = 0.7
    _SECONDS = 1.0  # interval without throttling before the rate grows

    def __init__(self) -> None:
        self._rate = math.inf
        self._step = self._STEP
        self._next = 0.0
        self._adapted_at = self._throttled_at = -math.inf
        self._asked_at = self._busy_since = -math.inf
        self._passed = _Recently()
        self._lock = threading.Lock()

    def wait(self) -> bool:
        """Wait until the next request may be sent; return False immediately if the current deadline passes first."""
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
        """Record a successful request."""
        with self._lock:
            self._passed.add(time.monotonic())

    def throttled(self, *, surely_too_fast: bool = True) -> None:
        """Lower the rate below the rate of successful requests.

        Args:
            surely_too_fast: whether lowering the concurrency is not sufficient; if False, it is tried for two seconds
                first.
        """
        with self._lock:
            now = time.monotonic()
            # A rate measured over a shorter period is not reliable.
            least = REDUCTION_SECONDS if surely_too_fast or math.isfinite(self._rate) else _Recently.SECONDS
            if now - self._busy_since < least or now - self._throttled_at < REDUCTION_SECONDS:
                return
            passed = self._passed.rate(now) or self._BLIND
            self._rate = max(self._LEAST, self._BACK * min(self._rate, passed))
            self._step = self._STEP
            self._adapted_at = self._throttled_at = now

    def _grow(self, now: float) -> None:
        if now - self._adapted_at < self._SECONDS:
            return
        self._adapted_at = now
        if self._passed.rate(now) >= self._USED * self._rate:  # otherwise the rate is not the limiting factor
            self._rate *= 1 + self._step
            self._step *= 2


class _Recently:
    """Counter of events in the last two seconds, in slices of a quarter of a second."""

    SECONDS = 2.0
    _SLICE = 0.25
    _SLICES = 8

    def __init__(self) -> None:
        self._counts = [0] * self._SLICES
        self._slice = 0
        self._first = 0

    def add(self, now: float) -> None:
        """Count an event."""
        self._forget(now)
        self._counts[self._slice % self._SLICES] += 1

    def rate(self, now: float) -> float:
        """Return the number of events per second."""
        self._forget(now)
        slices = min(self._SLICES, self._slice - self._first + 1)
        return sum(self._counts) / (slices * self._SLICE)

    def _forget(self, now: float) -> None:
        current = int(now / self._SLICE)
        if current - self._slice >= self._SLICES:  # the first event after a pause
            self._counts = [0] * self._SLICES
            self._slice = self._first = current
        while self._slice < current:
            self._slice += 1
            self._counts[self._slice % self._SLICES] = 0
