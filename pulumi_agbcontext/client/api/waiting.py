"""Functions that wait until a context is usable, cleared or deleted, or until its files are listed.

Each function polls immediately, then after 0.1 s, then at growing intervals up to the poll interval, so that short
waits end quickly. A failed request ends the wait with its error. Each request is limited to the remaining time.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.api.models import AVAILABLE, IN_USE, USABLE, Context, ContextFileEntry
from pulumi_agbcontext.client.api.replica_lag import ClearStates, Consecutive, Contexts, version_of
from pulumi_agbcontext.client.http.deadline import Deadline, within

_FIRST_PAUSE = 0.1
_GROWTH = 1.5


def wait_ready(
    contexts: Contexts, context_id: str, timeout: float = 60, poll_interval: float = 2.0, *, unused: bool = False
) -> Context:
    """Wait until a context is usable: in the state `available` or `in-use`, or without a state.

    Args:
        contexts: the API to call.
        context_id: ID of the context.
        timeout: maximum time to wait, in seconds.
        poll_interval: maximum polling interval, in seconds.
        unused: whether to wait until two consecutive responses confirm that no session uses the context.

    Returns:
        The context as last read.

    Raises:
        WaitTimeoutError: the context was not usable within the timeout, for example still `clearing`.
        NotFoundError: the context does not exist.
    """
    watch, free = _Watch(contexts, context_id), Consecutive()
    _poll(
        lambda: free.add(watch.look().state in USABLE - {IN_USE}) if unused else watch.look().state in USABLE,
        timeout,
        poll_interval,
        lambda: (messages.still_in_use if unused else messages.not_ready)(context_id, watch.last_state, timeout),
    )
    return watch.last


def wait_cleared(
    contexts: Contexts,
    context_id: str,
    timeout: float = 60,
    poll_interval: float = 2.0,
    *,
    before: Iterable[ContextFileEntry] = (),
    strictly: bool = False,
) -> Context:
    """Wait until a clear that was started has ended.

    A clear has ended when a usable state follows `clearing`. If `clearing` was never observed, three consecutive usable
    states over at least one second are required, because a single `available` may be stale. In addition, the listing
    must no longer contain any of the entries from before the clear.

    Args:
        contexts: the API to call.
        context_id: ID of the context.
        timeout: maximum time to wait, in seconds.
        poll_interval: maximum polling interval, in seconds.
        before: the entries listed before the clear was started.
        strictly: whether to accept only the state `available`, as in the API reference.

    Returns:
        The context as last read. Source: GetContext, DescribeContextFiles.

    Raises:
        ClearanceTimeoutError: the clear did not end within the timeout.
        NotFoundError: the context does not exist.
    """
    watch = _Watch(contexts, context_id)
    states = ClearStates({AVAILABLE} if strictly else USABLE)
    former = {version_of(entry) for entry in before}

    def is_cleared() -> bool:
        if not states.ended(watch.look().state):
            return False
        return not former or former.isdisjoint(map(version_of, contexts.list_all_files(context_id)))

    _poll(is_cleared, timeout, poll_interval, lambda: messages.not_cleared(context_id, watch.last_state, timeout))
    return watch.last


def wait_deleted(contexts: Contexts, context_id: str, timeout: float = 60, poll_interval: float = 2.0) -> None:
    """Wait until two consecutive responses confirm that a context does not exist.

    Args:
        contexts: the API to call.
        context_id: ID of the context.
        timeout: maximum time to wait, in seconds.
        poll_interval: maximum polling interval, in seconds.

    Raises:
        WaitTimeoutError: the context still existed after the timeout; the error contains its last state.
    """
    watch = _Watch(contexts, context_id)
    gone = Consecutive()
    _poll(
        lambda: gone.add(_is_absent(watch.look)),
        timeout,
        poll_interval,
        lambda: messages.not_deleted(context_id, watch.last_state, timeout),
    )


def wait_name_free(
    contexts: Contexts, name: str, region: str | None, timeout: float = 60, poll_interval: float = 2.0
) -> None:
    """Wait until two consecutive responses confirm that the name of a deleted context is available.

    Args:
        contexts: the API to call.
        name: name of the deleted context.
        region: login region; None selects the API's default.
        timeout: maximum time to wait, in seconds.
        poll_interval: maximum polling interval, in seconds.

    Raises:
        WaitTimeoutError: the name was still in use after the timeout.
    """
    free = Consecutive()
    _poll(
        lambda: free.add(_is_absent(lambda: contexts.get(name, login_region_id=region))),
        timeout,
        poll_interval,
        lambda: messages.not_deleted(f"'{name}'", None, timeout),
    )


def wait_listed(
    contexts: Contexts, context_id: str, paths: Iterable[str], timeout: float = 60, poll_interval: float = 2.0
) -> None:
    """Wait until two consecutive listings contain all the given files.

    Args:
        contexts: the API to call.
        context_id: ID of the context.
        paths: absolute paths within the context.
        timeout: maximum time to wait, in seconds.
        poll_interval: maximum polling interval, in seconds.

    Raises:
        WaitTimeoutError: the files were not listed within the timeout; the error names the missing files.
    """
    wanted = missing = frozenset(paths)
    listed = Consecutive()

    def all_listed() -> bool:
        nonlocal missing
        missing = wanted - {entry.file_path for entry in contexts.list_all_files(context_id)}
        return listed.add(not missing)

    _poll(all_listed, timeout, poll_interval, lambda: messages.not_listed(context_id, missing or wanted, timeout))


class _Watch:
    """Repeated reads of a context, with the last result."""

    def __init__(self, contexts: Contexts, context_id: str) -> None:
        self._contexts = contexts
        self.last = Context(context_id, "")

    @property
    def last_state(self) -> str | None:
        return self.last.state

    def look(self) -> Context:
        self.last = self._contexts.get(context_id=self.last.id).context or self.last
        return self.last


def _is_absent(look: Callable[[], object]) -> bool:
    try:
        look()
    except errors.NotFoundError:
        return True
    return False


def _poll(
    done: Callable[[], bool], timeout: float, poll_interval: float, failure: Callable[[], errors.WaitTimeoutError]
) -> None:
    """Poll until `done` returns True, or raise the error from `failure` after the timeout."""
    if not (0 <= timeout < math.inf and 0 < poll_interval < math.inf):
        raise ValueError(f"cannot wait {timeout:g} s with a polling interval of {poll_interval:g} s")
    pause = min(_FIRST_PAUSE, poll_interval)
    with within(timeout) as scope:
        while not _look(done, scope):
            if scope.passed():
                break
            scope.sleep(pause * random.uniform(0.8, 1.0))
            pause = min(pause * _GROWTH, poll_interval)
        else:
            return
    raise failure()


def _look(done: Callable[[], bool], scope: Deadline) -> bool:
    """Return the result of `done`, or False if the deadline interrupted it."""
    try:
        return done()
    except errors.UnreachableError:
        if scope.passed():
            return False
        raise
