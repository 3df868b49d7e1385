"""Retry policy, which defines the retryable failures, the number of attempts, the pauses and the retry budget."""

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
# In seconds. A longer `Retry-After` indicates a wrong clock or another mistake and is ignored.
_LONGEST_RETRY_AFTER = 86_400.0


class RetryBudget:
    """Token bucket that limits retries; each retry takes one token.

    A full bucket covers the simultaneous failure of all pooled connections. Each success returns a tenth of a token, so
    retries add at most 10 % to the requests in a long outage. Without the bucket, three attempts per call would triple
    the load on a recovering service.

    Args:
        capacity: tokens in a full bucket.
        refill: tokens returned by each success.
    """

    def __init__(self, capacity: float = 50.0, refill: float = 0.1) -> None:
        self._capacity = capacity
        self._refill = refill
        self._tokens = capacity
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a token for a retry; return False if the bucket is empty."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def give_back(self) -> None:
        """Record a success."""
        with self._lock:
            self._tokens = min(self._capacity, self._tokens + self._refill)


class RetryPolicy:
    """Retry policy of a service; safe to share between threads.

    Args:
        limiter: reduces concurrency and rate when the API throttles.
    """

    def __init__(self, limiter: ConcurrencyLimiter) -> None:
        self.budget = RetryBudget()
        self.limiter = limiter

    def run(self, attempt: Callable[[int], T], *, idempotent: bool = True) -> T:
        """Make an attempt, and retry after a pause if the failure is transient.

        Throttling allows up to twenty attempts and uses no retry budget, because the limiter controls the load.

        Args:
            attempt: makes an attempt; receives the number of the attempt, starting at 1.
            idempotent: whether to retry if the outcome is unknown.

        Returns:
            The result of the attempt.

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
        """Wait for the next attempt; return False immediately if no further attempt is allowed."""
        scope = deadline.current()
        # The limiter spaces throttled requests; longer pauses would only delay the last files.
        seconds = error.retry_after if error.retry_after is not None else _pause(1 if free else number)
        if not error.retryable or seconds >= scope.remaining() or not (free or self.budget.take()):
            return False
        with self.limiter.without_slot():
            scope.sleep(seconds)
            return self.limiter.wait_for_rate() and not scope.passed()


def _pause(number: int) -> float:
    """Return the seconds before the next attempt: exponential backoff with full jitter."""
    return random.uniform(0, _FIRST_PAUSE * 2.0 ** (number - 1))


def retry_after(header: str | None) -> float | None:
    """Parse a `Retry-After` header.

    Args:
        header: value of the header, seconds or an HTTP date; None if it is absent.

    Returns:
        Seconds to wait, 0 for a date in the past; None if the header is absent or invalid.
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
