"""What the methods of ContextService take and return: names, order and defaults of the Context API reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# States of a context.
AVAILABLE = "available"
CLEARING = "clearing"
IN_USE = "in-use"
USABLE = frozenset({AVAILABLE, IN_USE, None})


@dataclass
class Context:
    """A persistent context.

    Args:
        id: given by the API.
        name: unique within account and region.
        created_at: time of creation, as the API spells it.
        last_used_at: time of last use, as the API spells it.
        state: `available`, `clearing`, `pre-available`, `in-use`, another word, or None where the answer had none.
    """

    id: str
    name: str
    created_at: str | None = None
    last_used_at: str | None = None
    state: str | None = None


@dataclass
class ContextListParams:
    """Which page of the contexts to list.

    Args:
        max_results: contexts on a page at most; None is 10.
        next_token: where the page before this one ended.
    """

    max_results: int | None = None
    next_token: str | None = None


@dataclass
class ContextResult:
    """Answer to get and create.

    Args:
        request_id: of the call.
        success: always True; a refused call raises.
        context_id: the id of the context.
        context: what the API says of it.
        error_message: empty.
    """

    request_id: str = ""
    success: bool = False
    context_id: str = ""
    context: Context | None = None
    error_message: str | None = None


@dataclass
class ContextListResult:
    """Answer to list: one page.

    Args:
        request_id: of the call.
        success: always True; a refused call raises.
        contexts: of this page.
        next_token: of the next page, empty or None where there is none.
        max_results: contexts on a page at most.
        total_count: contexts on all pages.
        error_message: empty.
    """

    request_id: str = ""
    success: bool = False
    contexts: list[Context] = field(default_factory=list)
    next_token: str | None = None
    max_results: int | None = None
    total_count: int | None = None
    error_message: str | None = None


@dataclass(slots=True)
class ContextFileEntry:
    """One file in a listing.

    Args:
        file_id: given by the API.
        file_name: last part of the path.
        file_path: absolute within the context.
        file_type: `file`, or another word for what is none.
        gmt_create: time of creation, as the API spells it.
        gmt_modified: time of the last change, as the API spells it.
        size: in bytes.
        status: of the file, in the API's words.
    """

    file_id: str
    file_name: str
    file_path: str
    file_type: str | None = None
    gmt_create: str | None = None
    gmt_modified: str | None = None
    size: int | None = None
    status: str | None = None


@dataclass
class ContextFileListResult:
    """Answer to list_files: one page.

    Args:
        request_id: of the call.
        success: always True; a refused call raises.
        entries: files of this page.
        count: files on all pages.
        error_message: empty.
    """

    request_id: str = ""
    success: bool = False
    entries: list[ContextFileEntry] = field(default_factory=list)
    count: int | None = None
    error_message: str | None = None


@dataclass
class FileUrlResult:
    """A presigned URL: whoever has it may use it, so `repr` does not show it.

    Args:
        request_id: of the call.
        success: always True; a refused call raises.
        url: absolute, with its signature.
        expire_time: as the API spells it, an integer.
        error_message: empty.
    """

    request_id: str = ""
    success: bool = False
    url: str = field(default="", repr=False)
    expire_time: int | None = None
    error_message: str | None = None


@dataclass
class OperationResult:
    """Answer to update, delete and delete_file.

    Args:
        request_id: of the call.
        success: always True; a refused call raises.
        data: what the method says of it.
        error_message: empty.
    """

    request_id: str = ""
    success: bool = False
    data: Any = field(default=None, repr=False)
    error_message: str = ""


@dataclass
class ClearContextResult:
    """Answer to clear, clear_async and get_clear_status.

    Args:
        request_id: of the call.
        success: always True; a refused call raises.
        error_message: empty.
        status: state of the context, None where the answer had none.
        context_id: of the context.
    """

    request_id: str = ""
    success: bool = False
    error_message: str = ""
    status: str | None = None
    context_id: str | None = None
