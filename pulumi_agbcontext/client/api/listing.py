"""Complete listings of contexts and files, read page by page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.api.models import (
    Context,
    ContextFileEntry,
    ContextFileListResult,
    ContextListParams,
    ContextListResult,
)
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.messages import causes

T = TypeVar("T")

# The API documents no maximum page size. Large pages reduce 200 requests to 10 for 10,000 files. If the API rejects a
# large page, the documented page size is used.
_LARGE_PAGE = 1000
_DOCUMENTED_FILES = 50
_DOCUMENTED_CONTEXTS = 10
_MOST_PAGES = 2000
"""Number of pages after which a listing is considered endless: two million files with large pages."""
_SECONDS_PER_PAGE = 1.0


class Pages(Protocol):
    """The API calls that return pages."""

    account: Account

    def list(self, params: ContextListParams | None = None) -> ContextListResult: ...
    def list_files(
        self, context_id: str, parent_folder_path: str | None = None, page_number: int = 1, page_size: int = 50
    ) -> ContextFileListResult: ...


def list_all(pages: Pages) -> Iterator[Context]:
    """Iterate over all contexts of the account, page by page.

    Args:
        pages: the API to call.

    Returns:
        Contexts; a context that moves to another page during the listing may be returned twice.

    Raises:
        UnreachableError: the listing repeats itself, has more than 2,000 pages or exceeds its time limit, which is the
            account's timeout plus one second per page.
    """
    size, page = _largest(
        lambda size: pages.list(ContextListParams(max_results=size)), _LARGE_PAGE, _DOCUMENTED_CONTEXTS
    )
    limit = _Limit(pages.account, "list contexts")
    tokens: set[str] = set()
    yield from page.contexts
    while page.next_token:
        if page.next_token in tokens:
            raise limit.exceeded(causes.ENDLESS_PAGES)
        tokens.add(page.next_token)
        with limit.next_page():
            page = pages.list(ContextListParams(max_results=size, next_token=page.next_token))
        yield from page.contexts


def list_all_files(pages: Pages, context_id: str, parent_folder_path: str | None = None) -> list[ContextFileEntry]:
    """Return all files that the API currently lists in a context.

    Args:
        pages: the API to call.
        context_id: ID of the context.
        parent_folder_path: list only files below this directory; None lists the whole context.

    Returns:
        Files, without directories; each path appears once, even if a file moves to another page during the listing.

    Raises:
        UnreachableError: the listing has more than 2,000 pages or exceeds its time limit, as in `list_all`.
    """
    size, page = _largest(
        lambda size: pages.list_files(context_id, parent_folder_path, 1, size), _LARGE_PAGE, _DOCUMENTED_FILES
    )
    found = {entry.file_path: entry for entry in page.entries}
    limit = _Limit(pages.account, f"list the files of context {context_id}")
    number = 1
    while not _is_last(page, number, size, len(found)):
        before = len(found)
        number += 1
        with limit.next_page():
            page = pages.list_files(context_id, parent_folder_path, number, size)
        found.update((entry.file_path, entry) for entry in page.entries)
        if len(found) == before:
            break
    return [entry for entry in found.values() if (entry.file_type or "file").lower() != "folder"]


class _Limit:
    """Limit on the number of pages and the duration of a listing, which a faulty API may never end.

    Args:
        account: the account; its timeout applies to the listing, plus one second per page.
        action: description of the listing for an error.
    """

    def __init__(self, account: Account, action: str) -> None:
        self._account = account
        self._action = action
        self._pages = 1
        self._seconds = account.timeout  # counts requests only, not the time between them in the caller of a generator

    @contextmanager
    def next_page(self) -> Iterator[None]:
        """Run the request for another page within the remaining limit.

        Raises:
            UnreachableError: the limit is exhausted.
        """
        self._pages += 1
        if self._pages > _MOST_PAGES:
            raise self.exceeded(causes.TOO_MANY_PAGES)
        if self._seconds <= 0:
            raise self.exceeded(causes.LISTING_TOO_SLOW)
        started = time.monotonic()
        with within(self._seconds):
            yield
        self._seconds += _SECONDS_PER_PAGE - (time.monotonic() - started)

    def exceeded(self, cause: str) -> errors.UnreachableError:
        """Return the error for a listing that exceeded its limit."""
        return messages.unreachable(self._action, cause, endpoint=self._account.endpoint, retryable=False)


def _largest(first_page: Callable[[int], T], large: int, documented: int) -> tuple[int, T]:
    """Return the largest page size that the API accepts, and the first page."""
    try:
        return large, first_page(large)
    except (errors.AuthenticationError, errors.NotFoundError):
        raise
    except errors.RequestRejectedError:
        return documented, first_page(documented)


def _is_last(page: ContextFileListResult, number: int, size: int, found: int) -> bool:
    """Return whether a page is the last one.

    A short page alone is not proof, because the API may return fewer files than requested. On a full first page, a
    count that equals the number of files found is not proof either, because it may be the count of that page.
    """
    return not page.entries or (page.count == found and (number > 1 or len(page.entries) < size))
