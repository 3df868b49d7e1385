"""Many small tasks at once, over threads that the whole process shares."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from itertools import islice
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.deadline import Deadline, within
from pulumi_agbcontext.client.limiter import ConcurrencyLimiter
from pulumi_agbcontext.messages import reasons

T = TypeVar("T")
P = ParamSpec("P")

# Tasks that wait for a slot, so that no slot is free while the caller handles results.
_AHEAD = 8


class SharedThreads:
    """As many threads as there are processors, for everybody in the process.

    A forked process has none of its parent's threads; it starts its own, where it would wait for them for ever.

    Args:
        name: that the threads have.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._start()
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self._start)

    def _start(self) -> None:
        self._executor = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix=self._name)

    def submit(self, task: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> Future[T]:
        """Let a thread run a task."""
        return self._executor.submit(task, *arguments, **keywords)


class Workers:
    """Threads for the transfers of one account, started as they are needed.

    Args:
        size: maximum number of tasks that run at once, whoever asks.
        limiter: says how many may run now.
    """

    def __init__(self, size: int, limiter: ConcurrencyLimiter) -> None:
        self._limiter = limiter
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="agbcontext")

    def each(self, task: Callable[[T], object], items: Iterable[T], done: Callable[[T], None]) -> None:
        """Run a task for every item; the first failure cancels what waits, and what runs as soon as it can be.

        Nothing runs any more when this returns or raises, and no more than a few items are held at a time.

        Args:
            task: run in the threads, under the deadlines of the caller.
            items: taken as there is room for them.
            done: called in the caller's thread after each task that succeeded.

        Raises:
            Exception: what the first task to fail raised.
        """
        waiting = iter(items)
        finished: SimpleQueue[Future[T]] = SimpleQueue()
        in_flight = 0

        def start() -> int:
            chosen = list(islice(waiting, max(0, self._limiter.limit + _AHEAD - in_flight)))
            for item in chosen:
                future = self._executor.submit(copy_context().run, self._in_time, scope, task, item)
                future.add_done_callback(finished.put)
            return len(chosen)

        with within(math.inf) as scope:
            try:
                in_flight += start()
                while in_flight:
                    future = finished.get()
                    in_flight -= 1
                    done(future.result())
                    in_flight += start()
            except BaseException:
                scope.cancel()
                while in_flight:  # what had begun may have succeeded all the same
                    future = finished.get()
                    in_flight -= 1
                    if future.exception() is None:
                        done(future.result())
                raise

    def _in_time(self, scope: Deadline, task: Callable[[T], object], item: T) -> T:
        with self._limiter.slot():
            if scope.passed():  # cancelled or out of time: what was not done must never count as done
                raise messages.transfer_failed("transfer what was left", reasons.OUT_OF_TIME)
            task(item)
            return item
