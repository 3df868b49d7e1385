"""Listings: every page of them, and what may be concluded from them, since they lag."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.deadline import current, within
from pulumi_agbcontext.client.models import Context, ContextFileEntry, ContextFileListResult, ContextListParams
from pulumi_agbcontext.messages import reasons

if TYPE_CHECKING:
    from pulumi_agbcontext.client.service import ContextService
    from pulumi_agbcontext.client.waiters import Contexts

T = TypeVar("T")

# The API names no largest page. Ten requests for 10,000 files instead of two hundred are worth asking for; an API that
# refuses is asked again for the page it documents.
_LARGE_PAGE = 1000
_DOCUMENTED_FILES = 50
_DOCUMENTED_CONTEXTS = 10
_MOST_PAGES = 2000
"""Pages after which a listing is taken to be endless: two million files, where the API grants large pages."""
_SECONDS_PER_PAGE = 1.0


def list_all(service: ContextService) -> Iterator[Context]:
    """Every context of the account, page by page.

    Args:
        service: to ask.

    Returns:
        Contexts; a context that moves from page to page meanwhile may come twice.

    Raises:
        UnreachableError: the listing repeats itself, has more than 2,000 pages or takes too long: the account's timeout
            and one second for each page.
    """
    size, page = _largest(
        lambda size: service.list(ContextListParams(max_results=size)), _LARGE_PAGE, _DOCUMENTED_CONTEXTS
    )
    limit = _Limit(service.account, "list contexts")
    tokens: set[str] = set()
    yield from page.contexts
    while page.next_token:
        if page.next_token in tokens:
            raise limit.exceeded(reasons.ENDLESS_PAGES)
        tokens.add(page.next_token)
        with limit.next_page():
            page = service.list(ContextListParams(max_results=size, next_token=page.next_token))
        yield from page.contexts


def list_all_files(
    service: ContextService, context_id: str, parent_folder_path: str | None = None
) -> list[ContextFileEntry]:
    """Every file of a context that the API lists now.

    Args:
        service: to ask.
        context_id: of the context.
        parent_folder_path: list below this folder; None is the whole context.

    Returns:
        Files without folders, each path once, though one that moves while pages are read can stand on two of them.

    Raises:
        UnreachableError: the listing has more than 2,000 pages or takes too long, as in `list_all`.
    """
    size, page = _largest(
        lambda size: service.list_files(context_id, parent_folder_path, 1, size), _LARGE_PAGE, _DOCUMENTED_FILES
    )
    found = {entry.file_path: entry for entry in page.entries}
    limit = _Limit(service.account, f"list the files of context {context_id}")
    number = 1
    while not _is_last(page, number, size, len(found)):
        before = len(found)
        number += 1
        with limit.next_page():
            page = service.list_files(context_id, parent_folder_path, number, size)
        found.update((entry.file_path, entry) for entry in page.entries)
        if len(found) == before:
            break
    return [entry for entry in found.values() if (entry.file_type or "file").lower() != "folder"]


class _Limit:
    """Limits a listing whose end the API may never report.

    Args:
        account: whose timeout is that of the listing, extended by a second for each page.
        action: names the listing in an error.
    """

    def __init__(self, account: Account, action: str) -> None:
        self._account = account
        self._action = action
        self._pages = 1
        self._seconds = account.timeout  # spent on requests only: the caller of a generator may take its time

    @contextmanager
    def next_page(self) -> Iterator[None]:
        """Run the request for another page within what is left.

        Raises:
            UnreachableError: nothing is left.
        """
        self._pages += 1
        if self._pages > _MOST_PAGES:
            raise self.exceeded(reasons.TOO_MANY_PAGES)
        if self._seconds <= 0:
            raise self.exceeded(reasons.LISTING_TOO_SLOW)
        started = time.monotonic()
        with within(self._seconds):
            yield
        self._seconds += _SECONDS_PER_PAGE - (time.monotonic() - started)

    def exceeded(self, cause: str) -> errors.UnreachableError:
        """Return the error for a listing that is given up."""
        return messages.unreachable(self._action, cause, endpoint=self._account.endpoint, may_pass=False)


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


def _largest(first_page: Callable[[int], T], large: int, documented: int) -> tuple[int, T]:
    """The first page in the largest size that the API grants, and that size."""
    try:
        return large, first_page(large)
    except (errors.AuthenticationError, errors.NotFoundError):
        raise
    except errors.RequestRejectedError:
        return documented, first_page(documented)


def _is_last(page: ContextFileListResult, number: int, size: int, found: int) -> bool:
    """Whether nothing can follow a page.

    A short page alone does not say so: an API may grant fewer files than were asked for. Nor does a count that equals
    what was found, on a full first page: it might be the count of that page.
    """
    return not page.entries or (page.count == found and (number > 1 or len(page.entries) < size))
