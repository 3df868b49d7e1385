"""Operations of the Context API, with their method, path, result type and retry safety.

Source: the Context API reference, which has no separate path for create or clear status. Both use GetContext.
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
    """An operation of the API.

    Args:
        name: name in the API, also used in log lines.
        method: HTTP method.
        read: converts the envelope of a successful response; raises ValueError if the envelope is invalid.
        action: description of the call for an error, with the arguments of the call in braces.
        idempotent: whether to retry if the outcome is unknown; the comment on each operation gives the reason.
        not_found_is_success: whether "not found" on a retry means that an earlier attempt took effect.
        once: whether to prevent the HTTP library from resending the request when a reused connection breaks, because
            another program may have changed the context in the meantime.
    """

    name: str
    method: Literal["GET", "POST"]
    read: Callable[[Envelope], T]
    action: str
    idempotent: bool
    not_found_is_success: bool = False
    once: bool = False

    @property
    def path(self) -> str:
        """Return the path below the endpoint."""
        return f"/sdk/{self.name}"


# Reads change nothing.
LIST_CONTEXTS = Operation("ListContexts", "GET", wire.context_page, "list contexts", idempotent=True)
GET_CONTEXT_BY_ID = Operation("GetContext", "GET", wire.context, "get context {id}", idempotent=True)
GET_CONTEXT_BY_NAME = Operation("GetContext", "GET", wire.context_or_none, "get context '{name}'", idempotent=True)
LIST_FILES = Operation(
    "DescribeContextFiles", "POST", wire.file_page, "list the files of context {contextId}", idempotent=True
)

# A blind retry of get-or-create could return another program's context, so the name is looked up first.
CREATE_CONTEXT = Operation("GetContext", "GET", wire.context, "create context '{name}'", idempotent=False, once=True)

# Another rename may have followed a rename of unknown outcome. The name is read back before a retry.
RENAME_CONTEXT = Operation(
    "ModifyContext", "POST", wire.done, "rename context {id} to '{name}'", idempotent=False, once=True
)

# IDs are never reused, so a retry can only delete the same context or find nothing.
DELETE_CONTEXT = Operation(
    "DeleteContext", "POST", wire.done, "delete context {id}", idempotent=True, not_found_is_success=True, once=True
)

# The API accepts a clear during another clear and on an empty context; a retry follows within seconds.
CLEAR_CONTEXT = Operation("ClearContext", "POST", wire.done, "clear context {id}", idempotent=True, once=True)

# Signing a URL changes nothing in the context.
GET_UPLOAD_URL = Operation(
    "GetContextFileUploadUrl",
    "POST",
    wire.file_url,
    "get an upload URL for {filePath} in context {contextId}",
    idempotent=True,
)
GET_DOWNLOAD_URL = Operation(
    "GetContextFileDownloadUrl",
    "POST",
    wire.file_url,
    "get a download URL for {filePath} in context {contextId}",
    idempotent=True,
)

# Deleting a deleted file changes nothing; the API rejects it with an undocumented code (see `transfer`).
DELETE_FILE = Operation(
    "DeleteContextFile", "POST", wire.done, "delete {filePath} in context {contextId}", idempotent=True
)
