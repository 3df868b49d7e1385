"""Concurrent execution of many small tasks in a thread pool."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import islice
from queue import SimpleQueue
from typing import Generic, ParamSpec, TypeVar

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.http.concurrency_limiter import ConcurrencyLimiter
from pulumi_agbcontext.client.http.deadline import Deadline, within
from pulumi_agbcontext.messages import causes

T = TypeVar("T")
P = ParamSpec("P")

# Results are handled in batches: waking the caller's thread for each result reduces the rate of small files by 10 %.
_PAUSE = 0.005
# Seconds for running tasks to finish after a failure: the store may have received a file that it has not confirmed.
_GRACE = 2.0
# Number of items to queue, so that no thread is idle during the pause.
_AHEAD = 32


class Workers:
    """Threads for the transfers of an account, started on demand.

    Args:
        size: maximum number of concurrent tasks over all calls.
        limiter: determines the current number of concurrent tasks.
    """

    def __init__(self, size: int, limiter: ConcurrencyLimiter) -> None:
        self._limiter = limiter
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="agbcontext")

    def each(self, task: Callable[[T], object], items: Iterable[T], done: Callable[[T], None]) -> None:
        """Run a task for every item.

        The first failure cancels the waiting tasks immediately, and the running tasks after two seconds. No task is
        running when this method returns or raises. Only a few items are kept in memory at a time.

        Args:
            task: runs in the threads, under the deadlines of the caller.
            items: consumed in the caller's thread, as capacity becomes available.
            done: called in the caller's thread after each successful task.

        Raises:
            Exception: the exception of the first task that failed.
        """
        with within(math.inf) as scope:
            batch = _Batch(task, items, self._limiter, scope)
            try:
                batch.fill(self._executor)
                while batch.unfinished:
                    for item in batch.finished():
                        done(item)
                    batch.fill(self._executor)
            except BaseException:
                scope.limit(_GRACE)
                for item in batch.stop():
                    done(item)
                raise
            finally:
                batch.close()


class _Batch(Generic[T]):
    """The items of one `each` call, and the threads that process them."""

    def __init__(
        self, task: Callable[[T], object], items: Iterable[T], limiter: ConcurrencyLimiter, scope: Deadline
    ) -> None:
        self._task = task
        self._items = iter(items)
        self._limiter = limiter
        self._scope = scope
        self._waiting: SimpleQueue[tuple[T] | None] = SimpleQueue()
        self._results: SimpleQueue[tuple[T, BaseException | None]] = SimpleQueue()
        self._threads: list[Future[None]] = []
        self._stopped = False
        self.unfinished = 0

    def fill(self, executor: ThreadPoolExecutor) -> None:
        """Queue items, and start threads up to the current limit."""
        limit = self._limiter.limit
        for item in islice(self._items, max(0, limit + _AHEAD - self.unfinished)):
            self._waiting.put((item,))
            self.unfinished += 1
        while len(self._threads) < min(limit, self.unfinished):
            self._threads.append(executor.submit(copy_context().run, self._work))

    def finished(self) -> Iterator[T]:
        """Wait for results and yield the items of successful tasks, or raise the exception of a failed task."""
        if self.unfinished > self._limiter.limit:
            time.sleep(_PAUSE)
        while self.unfinished:
            item, failure = self._results.get()
            self.unfinished -= 1
            if failure is not None:
                raise failure
            yield item
            if self._results.empty():
                return

    def stop(self) -> Iterator[T]:
        """Start no more tasks, wait until none is running, and yield the items of successful tasks."""
        self._stopped = True
        self.close()
        wait([thread for thread in self._threads if not thread.cancel()])  # the pool may be full, so some never started
        while not self._results.empty():
            item, failure = self._results.get()
            if failure is None:
                yield item

    def close(self) -> None:
        """Return the threads to the pool."""
        self._waiting.put(None)

    def _work(self) -> None:
        while (waiting := self._waiting.get()) and not self._stopped:
            try:
                self._carry_out(*waiting)
            except BaseException as failure:  # noqa: BLE001  raised again in the caller's thread
                self._results.put((*waiting, failure))
            else:
                self._results.put((*waiting, None))
        self._waiting.put(None)  # returns the next thread

    def _carry_out(self, item: T) -> None:
        with self._limiter.slot():
            if self._stopped or self._scope.passed():
                # A task that did not run must never be reported as done.
                raise messages.transfer_failed("transfer the remaining files", causes.OUT_OF_TIME)
            self._task(item)
