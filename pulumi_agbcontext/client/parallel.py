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
from pulumi_agbcontext.client.pace import Pace
from pulumi_agbcontext.messages import reasons

T = TypeVar("T")
P = ParamSpec("P")


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
        size: how many tasks run at once, whoever asks, while the API does not throttle.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pace = Pace(size)
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
        under_way = 0

        def start(count: int) -> int:
            chosen = list(islice(waiting, count))
            for item in chosen:
                future = self._executor.submit(copy_context().run, self._in_time, scope, task, item)
                future.add_done_callback(finished.put)
            return len(chosen)

        with within(math.inf) as scope:
            try:
                # A second round waits in the queue, so that no thread idles while this one handles results.
                under_way += start(2 * self._size)
                while under_way:
                    future = finished.get()
                    under_way -= 1
                    done(future.result())
                    under_way += start(1)
            except BaseException:
                scope.cancel()
                while under_way:  # what had begun may have succeeded all the same
                    future = finished.get()
                    under_way -= 1
                    if future.exception() is None:
                        done(future.result())
                raise

    def _in_time(self, scope: Deadline, task: Callable[[T], object], item: T) -> T:
        with self._pace.turn():
            if scope.passed():  # cancelled or out of time: what was not done must never count as done
                raise messages.transfer_failed("transfer what was left", reasons.OUT_OF_TIME)
            task(item)
            return item
