"""Waiting for a context: usable, cleared, deleted; and for its files to be listed.

Every waiter looks at once, then after 0.1 s and ever longer pauses up to the poll interval, so that what takes a moment
is noticed within another one. A look that fails ends the wait with its error; each look is bounded by the time left.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.api.models import AVAILABLE, USABLE, Context, ContextFileEntry
from pulumi_agbcontext.client.api.replica_lag import ClearStates, Consecutive, Contexts
from pulumi_agbcontext.client.http.deadline import Deadline, within

_FIRST_PAUSE = 0.1
_GROWTH = 1.5


def wait_ready(contexts: Contexts, context_id: str, timeout: float = 60, poll_interval: float = 2.0) -> Context:
    """Wait until a context can be used: `available`, `in-use` or without a state.

    Args:
        contexts: to ask.
        context_id: of the context.
        timeout: seconds to wait.
        poll_interval: longest pause between two looks, in seconds.

    Returns:
        The context as it was seen last.

    Raises:
        WaitTimeoutError: it was `clearing`, `pre-available` or in an unknown state until the end.
        NotFoundError: there is no such context.
    """
    watch = _Watch(contexts, context_id)
    _poll(
        lambda: watch.look().state in USABLE,
        timeout,
        poll_interval,
        lambda: messages.not_ready(context_id, watch.last_state, timeout),
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

    It has ended when `clearing` was seen and then a usable state, or, where `clearing` was never seen, after three
    usable answers in a row over at least one second; and when the listing shows none of the entries that it showed
    before. One stale `available` is no proof.

    Args:
        contexts: the API to ask.
        context_id: the API's id of the context.
        timeout: seconds to wait.
        poll_interval: maximum polling interval, in seconds.
        before: what the listing showed before the clear was started.
        strictly: accept only the state `available`, as the API reference does.

    Returns:
        The context as it was seen last. Source: GetContext, DescribeContextFiles.

    Raises:
        ClearanceTimeoutError: the clear had not ended within the timeout.
        NotFoundError: there is no such context.
    """
    watch = _Watch(contexts, context_id)
    states = ClearStates({AVAILABLE} if strictly else USABLE)
    former = {_version(entry) for entry in before}

    def is_cleared() -> bool:
        if not states.ended(watch.look().state):
            return False
        return not former or former.isdisjoint(map(_version, contexts.list_all_files(context_id)))

    _poll(is_cleared, timeout, poll_interval, lambda: messages.not_cleared(context_id, watch.last_state, timeout))
    return watch.last


def wait_gone(contexts: Contexts, context_id: str, timeout: float = 60, poll_interval: float = 2.0) -> None:
    """Wait until the API says twice in a row that it knows no context of an id.

    Args:
        contexts: to ask.
        context_id: of the context.
        timeout: seconds to wait.
        poll_interval: longest pause between two looks, in seconds.

    Raises:
        WaitTimeoutError: it was still there, in the state that the error tells.
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
    """Wait until the API says twice in a row that a name is free: that of a context whose delete is still settling.

    Args:
        contexts: to ask.
        name: of the context that is going.
        region: login region, None for the API's default.
        timeout: seconds to wait.
        poll_interval: longest pause between two looks, in seconds.

    Raises:
        WaitTimeoutError: the name was still taken.
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
    """Wait until files show in two listings in a row.

    Args:
        contexts: to ask.
        context_id: of the context.
        paths: of the files, absolute within the context.
        timeout: seconds to wait.
        poll_interval: longest pause between two listings, in seconds.

    Raises:
        WaitTimeoutError: at least one was missing in the last listing, which the error names.
    """
    wanted = missing = frozenset(paths)
    listed = Consecutive()

    def all_listed() -> bool:
        nonlocal missing
        missing = wanted - {entry.file_path for entry in contexts.list_all_files(context_id)}
        return listed.add(not missing)

    _poll(all_listed, timeout, poll_interval, lambda: messages.not_listed(context_id, missing or wanted, timeout))


class _Watch:
    """Looks at a context and remembers the last look."""

    def __init__(self, contexts: Contexts, context_id: str) -> None:
        self._contexts = contexts
        self.last = Context(context_id, "")

    @property
    def last_state(self) -> str | None:
        return self.last.state

    def look(self) -> Context:
        self.last = self._contexts.get(context_id=self.last.id).context or self.last
        return self.last


def _version(entry: ContextFileEntry) -> tuple[object, ...]:
    """Identify one version of a file: another time or size is another version."""
    return entry.file_path, entry.size, entry.gmt_create, entry.gmt_modified


def _is_absent(look: Callable[[], object]) -> bool:
    try:
        look()
    except errors.NotFoundError:
        return True
    return False


def _poll(
    done: Callable[[], bool], timeout: float, poll_interval: float, failure: Callable[[], errors.WaitTimeoutError]
) -> None:
    """Look until `done`, or raise what `failure` makes when the time is up."""
    if not (0 <= timeout < math.inf and 0 < poll_interval < math.inf):
        raise ValueError(f"cannot wait {timeout:g} s with looks every {poll_interval:g} s")
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
    """One look; False too where it was cut off because the time for waiting is up."""
    try:
        return done()
    except errors.UnreachableError:
        if scope.passed():
            return False
        raise
