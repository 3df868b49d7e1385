"""The operations of the Context API: the only place that knows method, path, result and what may be repeated.

Source: the Context API reference, which has no path of its own for create or clear status: both are GetContext.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pulumi_agbcontext.client.api import wire
from pulumi_agbcontext.client.api.wire import Envelope

T = TypeVar("T")


@dataclass(frozen=True)
class Operation(Generic[T]):
    """One operation of the API.

    Args:
        name: as in the API, also in log lines.
        method: HTTP method.
        read: makes the result of a success's envelope; ValueError where that cannot be one.
        action: what a failure was about, with the fields of the call in braces.
        repeatable: whether it may be sent again when its outcome is unknown; the reason stands in each row's comment.
        absent_is_done: whether not-found on a repeat means that an earlier attempt took effect.
        once: whether the HTTP library must not send it again on its own where a reused connection breaks: somebody
            else may have acted in the meantime.
    """

    name: str
    method: Literal["GET", "POST"]
    read: Callable[[Envelope], T]
    action: str
    repeatable: bool
    absent_is_done: bool = False
    once: bool = False

    @property
    def path(self) -> str:
        """The path below the endpoint."""
        return f"/sdk/{self.name}"


# Reads change nothing.
LIST_CONTEXTS = Operation("ListContexts", "GET", wire.context_page, "list contexts", repeatable=True)
GET_CONTEXT_BY_ID = Operation("GetContext", "GET", wire.context, "get context {id}", repeatable=True)
GET_CONTEXT_BY_NAME = Operation("GetContext", "GET", wire.context_or_none, "get context '{name}'", repeatable=True)
LIST_FILES = Operation(
    "DescribeContextFiles", "POST", wire.file_page, "list the files of context {contextId}", repeatable=True
)

# Get-or-create: repeated blindly it could return what somebody else made meanwhile. The service looks by name first.
CREATE_CONTEXT = Operation("GetContext", "GET", wire.context, "create context '{name}'", repeatable=False, once=True)

# A rename that was answered late may have been followed by another one. The service reads the name back first.
RENAME_CONTEXT = Operation(
    "ModifyContext", "POST", wire.done, "rename context {id} to '{name}'", repeatable=False, once=True
)

# Ids are never given out twice: deleting again can only meet what was to be deleted, or nothing.
DELETE_CONTEXT = Operation(
    "DeleteContext", "POST", wire.done, "delete context {id}", repeatable=True, absent_is_done=True, once=True
)

# The API allows a clear while one runs and on an empty context; a repeat follows within seconds.
CLEAR_CONTEXT = Operation("ClearContext", "POST", wire.done, "clear context {id}", repeatable=True, once=True)

# Signing a URL changes nothing in the context.
GET_UPLOAD_URL = Operation(
    "GetContextFileUploadUrl",
    "POST",
    wire.file_url,
    "get an upload URL for {filePath} in context {contextId}",
    repeatable=True,
)
GET_DOWNLOAD_URL = Operation(
    "GetContextFileDownloadUrl",
    "POST",
    wire.file_url,
    "get a download URL for {filePath} in context {contextId}",
    repeatable=True,
)

# Deleting what is gone changes nothing; the API refuses it with a code that no reference names (see `transfer`).
DELETE_FILE = Operation(
    "DeleteContextFile", "POST", wire.done, "delete {filePath} in context {contextId}", repeatable=True
)
