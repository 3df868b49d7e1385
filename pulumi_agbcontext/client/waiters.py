"""Waiting for a context: usable, cleared, gone; for its files to be listed, and what to believe of a listing.

Every waiter looks at once, then after 0.1 s and ever longer pauses up to the poll interval, so that what takes a moment
is noticed within another one. A look that fails ends the wait with its error; each look is bounded by the time left.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.deadline import Deadline, current, within
from pulumi_agbcontext.client.models import Context, ContextFileEntry, ContextResult

AVAILABLE = "available"
CLEARING = "clearing"
IN_USE = "in-use"
USABLE = frozenset({AVAILABLE, IN_USE, None})

_FIRST_PAUSE = 0.1
_GROWTH = 1.5
# One answer may come from a replica that is behind, or ahead of the others: two in a row are believed.
_CONSECUTIVE = 2


class Contexts(Protocol):
    """The calls that waiting takes: a ContextService, or whatever looks like one."""

    def get(
        self,
        name: str | None = None,
        create: bool = False,
        login_region_id: str | None = None,
        context_id: str | None = None,
    ) -> ContextResult: ...

    def list_all_files(self, context_id: str, parent_folder_path: str | None = None) -> list[ContextFileEntry]: ...


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
    contexts: Contexts, context_id: str, timeout: float = 60, poll_interval: float = 2.0, *, strictly: bool = False
) -> Context:
    """Wait until a clear that was started is done: `available`, or twice in a row `in-use` or without a state.

    Args:
        contexts: to ask.
        context_id: of the context.
        timeout: seconds to wait.
        poll_interval: longest pause between two looks, in seconds.
        strictly: by the letter of the API reference only `available` counts.

    Returns:
        The context as it was seen last.

    Raises:
        ClearanceTimeoutError: it was not cleared in time.
        NotFoundError: there is no such context.
    """
    watch = _Watch(contexts, context_id)
    usable = _Row()

    def is_cleared() -> bool:
        state = watch.look().state
        return state == AVAILABLE or (usable.add(state in USABLE) and not strictly)

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
    gone = _Row()
    _poll(
        lambda: gone.add(_is_absent(watch.look)),
        timeout,
        poll_interval,
        lambda: messages.not_gone(context_id, watch.last_state, timeout),
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
    free = _Row()
    _poll(
        lambda: free.add(_is_absent(lambda: contexts.get(name, login_region_id=region))),
        timeout,
        poll_interval,
        lambda: messages.not_gone(f"'{name}'", None, timeout),
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
    listed = _Row()

    def all_listed() -> bool:
        nonlocal missing
        missing = wanted - {entry.file_path for entry in contexts.list_all_files(context_id)}
        return listed.add(not missing)

    _poll(all_listed, timeout, poll_interval, lambda: messages.not_listed(context_id, missing or wanted, timeout))


def observe_files(
    contexts: Contexts, context_id: str, expected: Mapping[str, int | None], pauses: Sequence[float] = (1.0, 2.0)
) -> dict[str, ContextFileEntry]:
    """Look which of the expected files are there, and believe a listing at once only in what it shows as expected.

    Listings lag: a file that is there may be missing from one, or show its former size. So where anything seems amiss
    the listing is repeated, and a file is missing, or has another size, only if every listing says so.

    Args:
        contexts: to ask.
        context_id: of the context.
        expected: size in bytes of each file by its path, None where any size will do.
        pauses: seconds before each repetition; with two, three listings in a row decide.

    Returns:
        The entries of those that are present, by path: as expected if any listing showed them so, else as shown last.

    Raises:
        AGBError: the files could not be listed.
    """
    present: dict[str, ContextFileEntry] = {}
    unsettled = dict(expected)
    for pause in (0.0, *pauses):
        current().sleep(pause)
        for entry in contexts.list_all_files(context_id):
            path = entry.file_path
            if path in unsettled:
                present[path] = entry
                if unsettled[path] in (None, entry.size):
                    del unsettled[path]
        if not unsettled:
            break
    return present


def observe_all(contexts: Contexts, context_id: str, pauses: Sequence[float] = (0.3, 0.7)) -> dict[str, int | None]:
    """Look at all files of a context, in several listings, because one alone may lag behind.

    Args:
        contexts: to ask.
        context_id: of the context.
        pauses: seconds before each repetition.

    Returns:
        Path to size in bytes of every file that any of the listings showed, as it was shown last.
    """
    found: dict[str, int | None] = {}
    for pause in (0.0, *pauses):
        current().sleep(pause)
        found.update((entry.file_path, entry.size) for entry in contexts.list_all_files(context_id))
    return found


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


class _Row:
    """Counts good answers in a row; a bad one starts again."""

    def __init__(self) -> None:
        self._good = 0

    def add(self, good: bool) -> bool:
        self._good = self._good + 1 if good else 0
        return self._good >= _CONSECUTIVE


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
