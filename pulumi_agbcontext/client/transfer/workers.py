"""Many small tasks at once, over threads that the whole process shares."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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

# Results are handled in batches: to wake the caller's thread for each costs a tenth of the rate of small files.
_PAUSE = 0.005
# Items that wait for a thread, so that none idles during that pause.
_AHEAD = 32


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
            items: taken in the caller's thread, as there is room for them.
            done: called in the caller's thread after each task that succeeded.

        Raises:
            Exception: what the first task to fail raised.
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
                scope.cancel()
                for item in batch.remainder():  # what had begun may have succeeded all the same
                    done(item)
                raise
            finally:
                batch.close()


class _Batch(Generic[T]):
    """The items of one call of `each`, and the threads that take them."""

    def __init__(
        self, task: Callable[[T], object], items: Iterable[T], limiter: ConcurrencyLimiter, scope: Deadline
    ) -> None:
        self._task = task
        self._items = iter(items)
        self._limiter = limiter
        self._scope = scope
        self._waiting: SimpleQueue[tuple[T] | None] = SimpleQueue()
        self._results: SimpleQueue[tuple[T, BaseException | None]] = SimpleQueue()
        self._threads = 0
        self.unfinished = 0

    def fill(self, executor: ThreadPoolExecutor) -> None:
        """Take items, and start as many threads as may run."""
        limit = self._limiter.limit
        for item in islice(self._items, max(0, limit + _AHEAD - self.unfinished)):
            self._waiting.put((item,))
            self.unfinished += 1
        while self._threads < min(limit, self.unfinished):
            executor.submit(copy_context().run, self._work)
            self._threads += 1

    def finished(self) -> Iterator[T]:
        """Wait for results; raises the failure of the first task that failed."""
        for item, failure in self._take():
            if failure is not None:
                raise failure
            yield item

    def remainder(self) -> Iterator[T]:
        """Wait until nothing runs any more; yields what succeeded."""
        while self.unfinished:
            for item, failure in self._take():
                if failure is None:
                    yield item

    def close(self) -> None:
        """Let the threads go."""
        for _ in range(self._threads):
            self._waiting.put(None)

    def _take(self) -> Iterator[tuple[T, BaseException | None]]:
        if self.unfinished > self._limiter.limit:
            time.sleep(_PAUSE)
        self.unfinished -= 1
        yield self._results.get()
        while not self._results.empty():
            self.unfinished -= 1
            yield self._results.get()

    def _work(self) -> None:
        while waiting := self._waiting.get():
            try:
                self._carry_out(*waiting)
            except BaseException as failure:  # noqa: BLE001  it is raised where it is waited for
                self._results.put((*waiting, failure))
            else:
                self._results.put((*waiting, None))

    def _carry_out(self, item: T) -> None:
        with self._limiter.slot():
            if self._scope.passed():  # cancelled or out of time: what was not done must never count as done
                raise messages.transfer_failed("transfer what was left", causes.OUT_OF_TIME)
            self._task(item)
