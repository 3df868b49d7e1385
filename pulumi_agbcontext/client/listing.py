"""Listings whole: every page, whatever page size the API grants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.models import Context, ContextFileEntry, ContextFileListResult, ContextListParams
from pulumi_agbcontext.messages import reasons

if TYPE_CHECKING:
    from pulumi_agbcontext.client.service import ContextService

T = TypeVar("T")

# The API names no largest page. Ten requests for 10,000 files instead of two hundred are worth asking for; an API that
# refuses is asked again for the page it documents.
_LARGE_PAGE = 1000
_DOCUMENTED_FILES = 50
_DOCUMENTED_CONTEXTS = 10


def list_all(service: ContextService) -> Iterator[Context]:
    """Every context of the account, page by page.

    Args:
        service: to ask.

    Returns:
        Contexts; a context that moves from page to page meanwhile may come twice.

    Raises:
        UnreachableError: the API hands out the same page again and again.
    """
    size, page = _largest(
        lambda size: service.list(ContextListParams(max_results=size)), _LARGE_PAGE, _DOCUMENTED_CONTEXTS
    )
    tokens: set[str] = set()
    yield from page.contexts
    while page.next_token:
        if page.next_token in tokens:
            raise messages.unreachable(
                "list contexts", reasons.ENDLESS_PAGES, endpoint=service.account.endpoint, may_pass=False
            )
        tokens.add(page.next_token)
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
    """
    size, page = _largest(
        lambda size: service.list_files(context_id, parent_folder_path, 1, size), _LARGE_PAGE, _DOCUMENTED_FILES
    )
    found = {entry.file_path: entry for entry in page.entries}
    number = 1
    while not _is_last(page, number, size, len(found)):
        before = len(found)
        number += 1
        page = service.list_files(context_id, parent_folder_path, number, size)
        found.update((entry.file_path, entry) for entry in page.entries)
        if len(found) == before:
            break
    return [entry for entry in found.values() if (entry.file_type or "file").lower() != "folder"]


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
