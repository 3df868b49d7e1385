"""Listings: every page of them, and what may be concluded from them, since they lag."""

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

# The API names no largest page. Ten requests for 10,000 files instead of two hundred are worth asking for; an API that
# refuses is asked again for the page it documents.
_LARGE_PAGE = 1000
_DOCUMENTED_FILES = 50
_DOCUMENTED_CONTEXTS = 10
_MOST_PAGES = 2000
"""Pages after which a listing is taken to be endless: two million files, where the API grants large pages."""
_SECONDS_PER_PAGE = 1.0


class Pages(Protocol):
    """The calls that return pages."""

    account: Account

    def list(self, params: ContextListParams | None = None) -> ContextListResult: ...
    def list_files(
        self, context_id: str, parent_folder_path: str | None = None, page_number: int = 1, page_size: int = 50
    ) -> ContextFileListResult: ...


def list_all(pages: Pages) -> Iterator[Context]:
    """Every context of the account, page by page.

    Args:
        pages: the API to ask.

    Returns:
        Contexts; a context that moves from page to page meanwhile may come twice.

    Raises:
        UnreachableError: the listing repeats itself, has more than 2,000 pages or takes too long: the account's timeout
            and one second for each page.
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
    """Every file of a context that the API lists now.

    Args:
        pages: the API to ask.
        context_id: of the context.
        parent_folder_path: list below this folder; None is the whole context.

    Returns:
        Files without folders, each path once, though one that moves while pages are read can stand on two of them.

    Raises:
        UnreachableError: the listing has more than 2,000 pages or takes too long, as in `list_all`.
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
            raise self.exceeded(causes.TOO_MANY_PAGES)
        if self._seconds <= 0:
            raise self.exceeded(causes.LISTING_TOO_SLOW)
        started = time.monotonic()
        with within(self._seconds):
            yield
        self._seconds += _SECONDS_PER_PAGE - (time.monotonic() - started)

    def exceeded(self, cause: str) -> errors.UnreachableError:
        """Return the error for a listing that is given up."""
        return messages.unreachable(self._action, cause, endpoint=self._account.endpoint, retryable=False)


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
