"""What a lagging API proves: its answers come from replicas, and its listings are late.

Every rule about that is in this module: how often a not-found is confirmed, how many answers in a row count, and how
many listings decide.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from pulumi_agbcontext.client.api.models import CLEARING, ContextFileEntry, ContextResult
from pulumi_agbcontext.client.http.deadline import current
from pulumi_agbcontext.errors import NotFoundError

T = TypeVar("T")

_NOT_FOUND_PAUSE = 0.3  # seconds
# Listings that decide whether a file is missing: seconds before each one after the first.
_PAUSES_OF_EXPECTED = (1.0, 2.0)
# Listings that together show all files of a context.
_PAUSES_OF_ALL = (0.3, 0.7)
# A clear whose `clearing` was never seen has ended after so many usable answers in a row, over so many seconds.
_USABLE_ANSWERS = 3
_USABLE_SECONDS = 1.0
# A single answer may come from a replica that is behind, or ahead of the others.
_CONSECUTIVE = 2
# Reads of a document that seems to be missing, and the seconds between them.
_READS_OF_MISSING = 3
_PAUSE_OF_MISSING = 1.0


class Contexts(Protocol):
    """The calls whose answers may be out of date: a `ContextService`, or anything with these methods."""

    def get(
        self,
        name: str | None = None,
        create: bool = False,
        login_region_id: str | None = None,
        context_id: str | None = None,
    ) -> ContextResult: ...

    def list_all_files(self, context_id: str, parent_folder_path: str | None = None) -> list[ContextFileEntry]: ...


def confirm_not_found(act: Callable[[], T]) -> T:
    """Act again after a not-found: a single one may come from a replica that is behind.

    Raises:
        NotFoundError: not found twice.
    """
    try:
        return act()
    except NotFoundError:
        current().sleep(_NOT_FOUND_PAUSE)
        return act()


def read_again(read: Callable[[], T | None]) -> T | None:
    """Read a document that seemed to be missing again, three times in all over two seconds.

    Args:
        read: reads it; None where there is none.
    """
    for _ in range(_READS_OF_MISSING - 1):
        current().sleep(_PAUSE_OF_MISSING)
        if found := read():
            return found
    return None


def observe_files(
    contexts: Contexts,
    context_id: str,
    expected: Mapping[str, int | None],
    pauses: Sequence[float] = _PAUSES_OF_EXPECTED,
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


def observe_all(contexts: Contexts, context_id: str, pauses: Sequence[float] = _PAUSES_OF_ALL) -> dict[str, int | None]:
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


class ClearStates:
    """Judges from the states of a context whether a clear has ended."""

    def __init__(self, usable: Collection[str | None]) -> None:
        self._usable = usable
        self._seen_clearing = False
        self._answers = 0
        self._since = 0.0

    def ended(self, state: str | None) -> bool:
        """Take the next state into account."""
        self._seen_clearing |= state == CLEARING
        if state not in self._usable:
            self._answers = 0
            return False
        self._answers += 1
        now = time.monotonic()
        self._since = now if self._answers == 1 else self._since
        return self._seen_clearing or (self._answers >= _USABLE_ANSWERS and now - self._since >= _USABLE_SECONDS)


class Consecutive:
    """Counts good answers in a row, of which two are enough; a bad one starts again."""

    def __init__(self) -> None:
        self._good = 0

    def add(self, good: bool) -> bool:
        """Count an answer, and return whether enough in a row were good."""
        self._good = self._good + 1 if good else 0
        return self._good >= _CONSECUTIVE
