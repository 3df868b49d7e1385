"""Rules for an eventually consistent API, whose responses come from replicas and whose listings lag.

This module contains all of these rules: how often "not found" is confirmed, how many consecutive responses are
required, and how many listings are read.
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
# Pauses in seconds before each further listing when checking whether a file is missing.
_PAUSES_OF_EXPECTED = (1.0, 2.0)
# Pauses in seconds before each further listing when collecting all files of a context.
_PAUSES_OF_ALL = (0.3, 0.7)
# If `clearing` was never observed, a clear has ended after this many consecutive usable states over this many seconds.
_USABLE_ANSWERS = 3
_USABLE_SECONDS = 1.0
# A single response may come from a replica that lags behind or is ahead of the others.
_CONSECUTIVE = 2
# Number of reads of a document that appears to be missing, and the seconds between them.
_READS_OF_MISSING = 3
_PAUSE_OF_MISSING = 1.0


class Contexts(Protocol):
    """The calls whose responses may be stale: a `ContextService` or any object with these methods."""

    def get(
        self,
        name: str | None = None,
        create: bool = False,
        login_region_id: str | None = None,
        context_id: str | None = None,
    ) -> ContextResult: ...

    def list_all_files(self, context_id: str, parent_folder_path: str | None = None) -> list[ContextFileEntry]: ...


def confirm_not_found(act: Callable[[], T]) -> T:
    """Retry once after "not found", which may come from a replica that lags.

    Raises:
        NotFoundError: both attempts reported "not found".
    """
    try:
        return act()
    except NotFoundError:
        current().sleep(_NOT_FOUND_PAUSE)
        return act()


def read_again(read: Callable[[], T | None]) -> T | None:
    """Retry reading a document that appeared to be missing, up to three reads in total over two seconds.

    Args:
        read: reads the document; returns None if it does not exist.
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
    """Return the expected files that are present. Further listings confirm that a file is missing or different.

    Listings lag: an existing file may be missing from a listing or appear with its former size. Files are therefore
    listed again until all of them match. A file is considered missing or different only if it never matched.

    Args:
        contexts: the API to call.
        context_id: ID of the context.
        expected: size in bytes of each file by path, or None to accept any size.
        pauses: seconds before each further listing; two pauses mean three listings.

    Returns:
        The entries of present files, by path: the matching entry if any listing had one, otherwise the last entry.

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
    """Return all files of a context, collected from several listings because a single one may lag.

    Args:
        contexts: the API to call.
        context_id: ID of the context.
        pauses: seconds before each further listing.

    Returns:
        Size in bytes of every file in any of the listings, by path; the latest listing of a file determines its size.
    """
    found: dict[str, int | None] = {}
    for pause in (0.0, *pauses):
        current().sleep(pause)
        found.update((entry.file_path, entry.size) for entry in contexts.list_all_files(context_id))
    return found


def observe_agreed(
    contexts: Contexts,
    context_id: str,
    wanted: Callable[[ContextFileEntry], bool],
    pauses: Sequence[float] = _PAUSES_OF_ALL,
) -> list[str]:
    """Return the paths of the files that three listings contain in the same version. A single listing may lag.

    Args:
        contexts: the API to call.
        context_id: ID of the context.
        wanted: whether a file is of interest. If the first listing contains none, no further one is read.
        pauses: seconds before each further listing.
    """
    agreed: set[tuple[object, ...]] | None = None
    for pause in (0.0, *pauses):
        current().sleep(pause)
        listed = {version_of(entry) for entry in contexts.list_all_files(context_id) if wanted(entry)}
        agreed = listed if agreed is None else agreed & listed
        if not agreed:
            return []
    return sorted(str(path) for path, *_ in agreed or ())


def version_of(entry: ContextFileEntry) -> tuple[object, ...]:
    """Return a key that identifies a version of a file by its path, size and times."""
    return entry.file_path, entry.size, entry.gmt_create, entry.gmt_modified


class ClearStates:
    """Sequence of context states that determines whether a clear has ended."""

    def __init__(self, usable: Collection[str | None]) -> None:
        self._usable = usable
        self._seen_clearing = False
        self._answers = 0
        self._since = 0.0

    def ended(self, state: str | None) -> bool:
        """Record the next state and return whether the clear has ended."""
        self._seen_clearing |= state == CLEARING
        if state not in self._usable:
            self._answers = 0
            return False
        self._answers += 1
        now = time.monotonic()
        self._since = now if self._answers == 1 else self._since
        return self._seen_clearing or (self._answers >= _USABLE_ANSWERS and now - self._since >= _USABLE_SECONDS)


class Consecutive:
    """Counter of consecutive good responses, of which two are required."""

    def __init__(self) -> None:
        self._good = 0

    def add(self, good: bool) -> bool:
        """Record a response and return whether enough consecutive responses were good."""
        self._good = self._good + 1 if good else 0
        return self._good >= _CONSECUTIVE
