"""Format of API responses: envelope, failure body, error codes and dates."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

Headers = list[tuple[bytes, bytes]]


class Refusal(Exception):  # noqa: N818 (a response of the server, not an error in it)
    """Rejection of a request by the API.

    Args:
        status: HTTP status of the response.
        code: error code of the API.
        message: human-readable reason.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """Failure body, without the request ID."""
        return failure(self.status, self.code, str(self))


def unauthorized() -> Refusal:
    """Return the refusal for an API key that is missing or not in the form `Bearer <api key>`."""
    return Refusal(401, "InvalidApiKey", "The request has no valid API key.")


def unknown_operation() -> Refusal:
    """Return the refusal for a path that is not an operation of the API."""
    return Refusal(404, "InvalidAction.NotFound", "The operation does not exist.")


def wrong_method(allowed: str) -> Refusal:
    """Return the refusal for a wrong HTTP method.

    Args:
        allowed: HTTP method of the operation.
    """
    return Refusal(405, "MethodNotAllowed", f"The operation requires {allowed}.")


def malformed_query() -> Refusal:
    """Return the refusal for an ambiguous or malformed query."""
    return Refusal(400, "InvalidParameter", "The query is malformed or contains a parameter twice.")


def invalid_parameter(name: str, reason: str) -> Refusal:
    """Return the refusal for an invalid argument.

    Args:
        name: name of the argument.
        reason: predicate of the message, such as `is required`.
    """
    return Refusal(400, "InvalidParameter", f"The parameter {name} {reason}.")


def context_not_found() -> Refusal:
    """Return the refusal for a context that does not exist in the account."""
    return Refusal(404, "Context.NotFound", "The specified context does not exist.")


def file_not_found() -> Refusal:
    """Return the refusal for a file that does not exist in the context."""
    return Refusal(404, "ContextFile.NotFound", "The specified file does not exist in the context.")


def name_taken() -> Refusal:
    """Return the refusal for a rename to the name of another context in the same account and region."""
    return Refusal(409, "Context.NameAlreadyExists", "Another context with this name exists in the region.")


def context_in_use(state: str | None) -> Refusal:
    """Return the refusal for a clear or delete of a context that a session has mounted."""
    return Refusal(409, "Context.InUse", f"The context cannot be changed in state {state}.")


def success(data: Any = None, **page: Any) -> dict[str, Any]:
    """Return the body of a successful response, without the request ID.

    Args:
        data: data of the operation; None omits the field.
        **page: fields of the page, next to the data.
    """
    body = {"success": True, "code": "ok", "message": "", "httpStatusCode": 200, **page}
    return body if data is None else {**body, "data": data}


def failure(status: int, code: str, message: str) -> dict[str, Any]:
    """Return the body of a failed response, without the request ID."""
    return {"success": False, "code": code, "message": message, "httpStatusCode": status}


def encode(body: Mapping[str, Any]) -> tuple[Headers, bytes]:
    """Add a request ID to a body, and return the headers and encoded content of the response."""
    request_id = str(uuid.uuid4()).upper()
    content = json.dumps({"requestId": request_id, **body}, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    return headers, content


def date(moment: float) -> str:
    """Return a date in the format of the API: UTC, with a resolution of one second.

    Args:
        moment: time in seconds since the epoch.
    """
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
