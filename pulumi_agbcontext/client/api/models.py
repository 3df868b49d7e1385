"""Parameters and results of ContextService, with the names, order and defaults of the Context API reference."""

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
        id: ID assigned by the API.
        name: name, unique within account and region.
        created_at: time of creation, in the API's format.
        last_used_at: time of last use, in the API's format.
        state: `available`, `clearing`, `pre-available`, `in-use` or another value; None if the response has no state.
    """

    id: str
    name: str
    created_at: str | None = None
    last_used_at: str | None = None
    state: str | None = None


@dataclass
class ContextListParams:
    """The page of contexts to list.

    Args:
        max_results: maximum number of contexts on a page; None selects 10.
        next_token: token from the previous page.
    """

    max_results: int | None = None
    next_token: str | None = None


@dataclass
class ContextResult:
    """Result of get and create.

    Args:
        request_id: ID of the request.
        success: always True; a rejected call raises an error.
        context_id: ID of the context.
        context: the context as returned by the API.
        error_message: always empty.
    """

    request_id: str = ""
    success: bool = False
    context_id: str = ""
    context: Context | None = None
    error_message: str | None = None


@dataclass
class ContextListResult:
    """Result of list: one page.

    Args:
        request_id: ID of the request.
        success: always True; a rejected call raises an error.
        contexts: the contexts on this page.
        next_token: token of the next page; empty or None on the last page.
        max_results: maximum number of contexts on a page.
        total_count: number of contexts on all pages.
        error_message: always empty.
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
    """A file in a listing.

    Args:
        file_id: ID assigned by the API.
        file_name: last component of the path.
        file_path: absolute path within the context.
        file_type: `file`, or another value for an entry that is not a file.
        gmt_create: time of creation, in the API's format.
        gmt_modified: time of the last change, in the API's format.
        size: size in bytes.
        status: status of the file, as returned by the API.
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
    """Result of list_files: one page.

    Args:
        request_id: ID of the request.
        success: always True; a rejected call raises an error.
        entries: the files on this page.
        count: number of files on all pages.
        error_message: always empty.
    """

    request_id: str = ""
    success: bool = False
    entries: list[ContextFileEntry] = field(default_factory=list)
    count: int | None = None
    error_message: str | None = None


@dataclass
class FileUrlResult:
    """A presigned URL, which grants access without a key and is therefore omitted from `repr`.

    Args:
        request_id: ID of the request.
        success: always True; a rejected call raises an error.
        url: absolute URL with its signature.
        expire_time: time of expiry, an integer in the API's format.
        error_message: always empty.
    """

    request_id: str = ""
    success: bool = False
    url: str = field(default="", repr=False)
    expire_time: int | None = None
    error_message: str | None = None


@dataclass
class OperationResult:
    """Result of update, delete and delete_file.

    Args:
        request_id: ID of the request.
        success: always True; a rejected call raises an error.
        data: value documented for each method.
        error_message: always empty.
    """

    request_id: str = ""
    success: bool = False
    data: Any = field(default=None, repr=False)
    error_message: str = ""


@dataclass
class ClearContextResult:
    """Result of clear, clear_async and get_clear_status.

    Args:
        request_id: ID of the request.
        success: always True; a rejected call raises an error.
        error_message: always empty.
        status: state of the context; None if the response has no state.
        context_id: ID of the context.
    """

    request_id: str = ""
    success: bool = False
    error_message: str = ""
    status: str | None = None
    context_id: str | None = None
