"""The one retry policy: what is retried, how often, after which pause, and at whose expense."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from pulumi_agbcontext.client.http import deadline
from pulumi_agbcontext.client.http.concurrency_limiter import ConcurrencyLimiter
from pulumi_agbcontext.errors import AGBError, ThrottledError

T = TypeVar("T")

ATTEMPTS = 3
THROTTLED_ATTEMPTS = 20
_FIRST_PAUSE = 0.5
# A wait of a day or more is a broken clock or a mistake: it is ignored like any other nonsense.
_LONGEST_RETRY_AFTER = 86_400.0


class RetryBudget:
    """How many retries may still be made: a bucket of tokens, one for each.

    A full bucket rides out a moment in which every pooled connection breaks. It is refilled by success only, a tenth of
    a token each time, so that against an API that is down for good retries add a tenth to the requests at most, where
    three attempts of everything would treble the load on a service that is trying to come back.

    Args:
        capacity: tokens of a full bucket.
        refill: tokens that one success gives back.
    """

    def __init__(self, capacity: float = 50.0, refill: float = 0.1) -> None:
        self._capacity = capacity
        self._refill = refill
        self._tokens = capacity
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Pay for one retry; False when the bucket is empty."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def give_back(self) -> None:
        """Note one success."""
        with self._lock:
            self._tokens = min(self._capacity, self._tokens + self._refill)


class RetryPolicy:
    """Makes the attempts of one service; safe to share between threads.

    Args:
        limiter: slows down where the API throttles.
    """

    def __init__(self, limiter: ConcurrencyLimiter) -> None:
        self.budget = RetryBudget()
        self.limiter = limiter

    def run(self, attempt: Callable[[int], T], *, idempotent: bool = True) -> T:
        """Make an attempt, and another one after a pause where it failed for a transient reason.

        A throttled attempt is made again up to twenty times and costs no budget: the limiter controls the load.

        Args:
            attempt: makes one attempt; it is given the number of the attempt, from 1.
            idempotent: whether another attempt may follow an unknown outcome.

        Returns:
            What the attempt returns.

        Raises:
            AGBError: the failure of the last attempt.
        """
        number = failed = 0
        self.limiter.wait_for_rate()
        while True:
            number += 1
            try:
                result = attempt(number)
            except AGBError as error:
                throttled = isinstance(error, ThrottledError)
                if throttled:
                    self.limiter.throttled()
                elif error.http_status == 503:
                    self.limiter.overloaded()
                failed += not throttled
                last = failed == ATTEMPTS or number - failed == THROTTLED_ATTEMPTS
                if not idempotent or last or not self._pause(error, number, free=throttled):
                    raise
            else:
                self.limiter.succeeded()
                self.budget.give_back()
                return result

    def _pause(self, error: AGBError, number: int, *, free: bool) -> bool:
        """Wait for the next attempt; False at once where there must not be one."""
        scope = deadline.current()
        # The limiter spaces what was throttled, so that longer pauses would only delay the last files.
        seconds = error.retry_after if error.retry_after is not None else _pause(1 if free else number)
        if not error.retryable or seconds >= scope.remaining() or not (free or self.budget.take()):
            return False
        with self.limiter.without_slot():
            scope.sleep(seconds)
            return self.limiter.wait_for_rate() and not scope.passed()


def _pause(number: int) -> float:
    """Seconds before the next attempt: anything up to an exponential bound, so that clients do not march in step."""
    return random.uniform(0, _FIRST_PAUSE * 2.0 ** (number - 1))


def retry_after(header: str | None) -> float | None:
    """Read a `Retry-After` header.

    Args:
        header: seconds or an HTTP date, as it came.

    Returns:
        Seconds to wait, 0 for a date in the past; None where the header is absent or makes no sense.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
        except (ValueError, TypeError, OverflowError):
            return None
    return seconds if 0 <= seconds < _LONGEST_RETRY_AFTER else None
