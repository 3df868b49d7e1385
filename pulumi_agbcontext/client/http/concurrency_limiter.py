"""Limit on concurrent transfers, adapted to throughput and throttling."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pulumi_agbcontext.client.http import deadline
from pulumi_agbcontext.client.http.rate_limiter import REDUCTION_SECONDS, RateLimiter

_START = 16

# Measurement window: short compared to seeding a context, long compared to the jitter of a busy machine.
_WINDOW_SECONDS = 0.1
# Minimum gain in throughput from doubling the limit; below it, the additional connections are not worthwhile.
_WORTH_IT = 1.35
# Conditions change, so doubling is tried again after this many seconds without growth.
_SECONDS_UNTIL_RETRIAL = 10.0
# After throttling, the limit grows by one every two rounds without throttling, because growth may cause more of it.
_GROWTH = 0.5
# Above this limit, lower concurrency alone may stop the throttling. At or below it, the rate is lowered immediately.
_FEW = 4


class ConcurrencyLimiter:
    """Limiter of concurrent tasks, adapted to the API and its object store; safe to share between threads.

    The limit starts at 16 and doubles while throughput increases accordingly. Throttling halves the limit, and may
    limit the request rate as well.

    Args:
        ceiling: maximum limit.
    """

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._limit = float(min(_START, ceiling))
        self._taken = 0
        self._throttled_at = -math.inf
        self._changed = threading.Condition()
        self._trial = _Trial()
        self._rate = RateLimiter()

    @property
    def limit(self) -> int:
        """Return the current maximum number of concurrent tasks."""
        return int(self._limit)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Acquire a slot for the duration of a block; the wait for it ends when the current deadline passes."""
        slot = _Slot()
        token = _current.set(slot)
        self._take(slot)
        completed = False
        try:
            yield
            completed = True
        finally:
            self._give_back(completed=completed)
            _current.reset(token)

    @contextmanager
    def without_slot(self) -> Iterator[None]:
        """Release the slot of this task for the duration of a block, then acquire one again."""
        slot = _current.get()
        if slot is None:
            yield
            return
        self._give_back()
        try:
            yield
        finally:
            self._take(slot)

    def wait_for_rate(self) -> bool:
        """Wait until the next request may be sent without exceeding the rate.

        Returns:
            False, without waiting, if the current deadline passes first.
        """
        return self._rate.wait()

    def succeeded(self) -> None:
        """Record a request that was not throttled."""
        self._rate.succeeded()

    def throttled(self) -> None:
        """Record a request that was throttled."""
        self._rate.throttled(surely_too_fast=_current.get() is None or self._limit <= _FEW)
        self.overloaded()

    def overloaded(self) -> None:
        """Halve the limit, once for all concurrent requests, because they fail for the same reason."""
        slot = _current.get()
        with self._changed:
            now = time.monotonic()
            if slot and slot.began > self._throttled_at and now - self._throttled_at >= REDUCTION_SECONDS:
                self._limit = max(1.0, self._limit / 2)
                self._throttled_at = now

    def _take(self, slot: _Slot) -> None:
        scope = deadline.current()
        with self._changed:
            while self._taken >= int(self._limit) and not scope.passed():
                self._changed.wait(deadline.SLICE)
            self._taken += 1
        slot.began = time.monotonic()

    def _give_back(self, *, completed: bool = False) -> None:
        with self._changed:
            if completed:
                self._adapt()
            self._taken -= 1
            self._changed.notify()

    def _adapt(self) -> None:
        """Adapt the limit after a successful task."""
        before = self._limit
        if math.isfinite(self._throttled_at):
            self._limit = min(self._ceiling, before + _GROWTH / before)
        elif before < self._ceiling or self._trial.running:
            wanted = self._trial.next_limit(int(before), self._ceiling, busy=self._taken >= int(before))
            self._limit = float(wanted)
        if int(self._limit) > int(before):
            self._changed.notify_all()


class _Slot:
    """A slot held by a task."""

    def __init__(self) -> None:
        self.began = 0.0


_current: ContextVar[_Slot | None] = ContextVar("agbcontext_slot", default=None)


class _Trial:
    """Search for the best limit by doubling it while throughput increases accordingly.

    Attributes:
        running: whether the current limit is on trial.
    """

    def __init__(self) -> None:
        self.running = False
        self._rate_before = 0.0
        self._next_at = -math.inf
        self._restart(0.0)

    def next_limit(self, limit: int, ceiling: int, *, busy: bool) -> int:
        """Record a completed task and return the new limit.

        Args:
            limit: current limit.
            ceiling: maximum limit.
            busy: whether all slots are in use.

        Returns:
            The new limit.
        """
        now = time.monotonic()
        if not busy:
            self._restart(now)
            return limit
        self._completed += 1
        seconds = now - self._since
        if seconds < _WINDOW_SECONDS or self._completed < limit:
            return limit
        rate = self._completed / seconds
        self._restart(now)
        return self._judge(limit, ceiling, rate, now)

    def _judge(self, limit: int, ceiling: int, rate: float, now: float) -> int:
        if self.running and rate < self._rate_before * _WORTH_IT:
            self.running = False
            self._next_at = now + _SECONDS_UNTIL_RETRIAL
            return max(1, limit // 2)
        self.running = limit < ceiling and now >= self._next_at
        self._rate_before = rate
        return min(2 * limit, ceiling) if self.running else limit

    def _restart(self, now: float) -> None:
        self._since, self._completed = now, 0
