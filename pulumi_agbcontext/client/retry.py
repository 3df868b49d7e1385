"""The one retry layer: what is repeated, how often, after which pause, and how much of it the process may do."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from pulumi_agbcontext.client import deadline, pace
from pulumi_agbcontext.errors import AGBError

T = TypeVar("T")

ATTEMPTS = 3
_FIRST_PAUSE = 0.5
# A wait of a day or more is a broken clock or a mistake: it is ignored like any other nonsense.
_LONGEST_RETRY_AFTER = 86_400.0

# Statuses that may pass by themselves: time-out, throttling, and a server or gateway in trouble.
PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})


class RetryBudget:
    """How many repeats the process may still make: a bucket of tokens, one for each repeat.

    A full bucket rides out a moment in which every pooled connection breaks. It is refilled by success only, a tenth of
    a token each time, so that against an API that is down for good repeats add a tenth to the requests at most, where
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
        """Pay for one repeat; False when the bucket is empty."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def give_back(self) -> None:
        """Note one success."""
        with self._lock:
            self._tokens = min(self._capacity, self._tokens + self._refill)

    def reset(self) -> None:
        """Fill the bucket."""
        with self._lock:
            self._tokens = self._capacity


budget = RetryBudget()


def run(attempt: Callable[[int], T], *, repeatable: bool = True) -> T:
    """Attempt something, and again after a pause where it failed for a reason that may pass.

    Args:
        attempt: makes one attempt; it is given the number of the attempt, from 1.
        repeatable: whether the attempt may be repeated after an unknown outcome.

    Returns:
        What the attempt returns.

    Raises:
        AGBError: the failure of the last attempt.
    """
    attempts = ATTEMPTS if repeatable else 1
    for number in range(1, attempts + 1):
        try:
            result = attempt(number)
        except AGBError as error:
            if _asks_for_less(error):
                pace.slow_down()
            if number == attempts or not _may_repeat(error, number):
                raise
        else:
            budget.give_back()
            return result
    raise AssertionError("unreachable: the last attempt returns or raises")


def _may_repeat(error: AGBError, number: int) -> bool:
    """Wait for the next attempt; False at once when there must not be one."""
    scope = deadline.current()
    pause = error.retry_after if error.retry_after is not None else _pause(number)
    if not error.may_pass or pause >= scope.remaining() or not budget.take():
        return False
    with pace.aside():
        scope.sleep(pause)
    return not scope.passed()


def _asks_for_less(error: AGBError) -> bool:
    """Whether the API throttles: by the status of its answer, or by the code of a failure that came with HTTP 200."""
    return error.http_status in (429, 503) or (error.http_status == 200 and error.may_pass and bool(error.code))


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
