"""How the API's answers look: envelope, failure body, codes and dates."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

Headers = list[tuple[bytes, bytes]]


class Refusal(Exception):  # noqa: N818 (not a fault of the server, but its answer)
    """A request that the API answers with a failure.

    Args:
        status: the answer's HTTP status.
        code: the API's error code.
        message: the reason, in words.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The failure body, complete but for the request id."""
        return failure(self.status, self.code, str(self))


def unauthorized() -> Refusal:
    """The key is missing, or stands there in another form than `Bearer <api key>`."""
    return Refusal(401, "InvalidApiKey", "The request carries no usable API key.")


def unknown_operation() -> Refusal:
    """A path that is no operation of the API."""
    return Refusal(404, "InvalidAction.NotFound", "There is no such operation.")


def wrong_method(right: str) -> Refusal:
    """An operation that was called with another HTTP method than its own."""
    return Refusal(405, "MethodNotAllowed", f"The operation takes {right} only.")


def malformed_query() -> Refusal:
    """A query that cannot be read in one way only."""
    return Refusal(400, "InvalidParameter", "The query is malformed, or holds a parameter twice.")


def invalid_parameter(name: str, reason: str) -> Refusal:
    """An argument that the API does not take."""
    return Refusal(400, "InvalidParameter", f"The parameter {name} {reason}.")


def context_not_found() -> Refusal:
    """No such context in this account."""
    return Refusal(404, "Context.NotFound", "The specified context does not exist.")


def file_not_found() -> Refusal:
    """No such file in the context."""
    return Refusal(404, "ContextFile.NotFound", "The specified file does not exist in the context.")


def name_taken() -> Refusal:
    """A rename to a name that another context of the account and region has."""
    return Refusal(409, "Context.NameAlreadyExists", "Another context of this name exists in the region.")


def context_in_use(state: str | None) -> Refusal:
    """A clear or delete of a context that a session has mounted."""
    return Refusal(409, "Context.InUse", f"The context cannot be changed in the state {state}.")


def success(data: Any = None, **page: Any) -> dict[str, Any]:
    """The body of a success.

    Args:
        data: the operation's data; None leaves the field out.
        **page: page fields, beside the data.

    Returns:
        The envelope, complete but for the request id.
    """
    body = {"success": True, "code": "ok", "message": "", "httpStatusCode": 200, **page}
    return body if data is None else {**body, "data": data}


def failure(status: int, code: str, message: str) -> dict[str, Any]:
    """The body of a failure, complete but for the request id."""
    return {"success": False, "code": code, "message": message, "httpStatusCode": status}


def encode(body: Mapping[str, Any]) -> tuple[Headers, bytes]:
    """Give a body its request id and turn it into headers and bytes."""
    request_id = str(uuid.uuid4()).upper()
    content = json.dumps({"requestId": request_id, **body}, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    return headers, content


def date(moment: float) -> str:
    """A moment as the API writes it: UTC, to the second."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
