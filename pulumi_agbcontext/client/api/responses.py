"""Conversion of the API's HTTP responses to envelopes or errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.api.error_codes import FailureKind, classify
from pulumi_agbcontext.client.api.models import ContextResult
from pulumi_agbcontext.client.api.wire import Envelope
from pulumi_agbcontext.client.http import Response
from pulumi_agbcontext.client.http.retry_policy import retry_after
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.redaction import redact


@dataclass(frozen=True)
class Answer:
    """An HTTP response with its complete body.

    Args:
        response: status and headers.
        body: raw body.
        secrets: strings to redact from the text of the response, which may echo the API key.
    """

    response: Response
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self.response.status

    @property
    def retry_after(self) -> float | None:
        """Return the seconds to wait before another attempt, or None if the response does not specify them."""
        return retry_after(self.response.headers.get("retry-after"))

    @cached_property
    def envelope(self) -> Envelope | None:
        """Return the envelope in the body, or None if the body is not JSON or lacks both `success` and `code`."""
        try:
            envelope = Envelope.model_validate_json(self.body)
        except (ValueError, RecursionError):
            return None
        return None if envelope.success is None and not envelope.code else envelope

    @property
    def request_id(self) -> str:
        """Return the request ID from the body, or from the headers if the body has none."""
        in_body = self.envelope.request_id if self.envelope else None
        return self.shown(in_body or self.response.headers.get("x-request-id"))

    def shown(self, text: str | None) -> str:
        """Return text from the response, redacted for display."""
        return redact(text, secrets=self.secrets) if text else ""


def understand(answer: Answer, action: str, endpoint: str) -> Envelope:
    """Return the envelope of a successful response, or raise an error.

    Args:
        answer: response to any operation.
        action: description of the call for the error.
        endpoint: base URL of the API for the error.

    Returns:
        The envelope, with the request ID from the body or the headers.

    Raises:
        AuthenticationError, NotFoundError, RequestRejectedError: the API rejected the call.
        ThrottledError: the API throttled the call.
        UnreachableError: the response is not usable; `retryable` states whether a retry may succeed.
    """
    envelope = answer.envelope
    if envelope is None:
        raise not_understood(answer, action, endpoint)
    envelope.request_id = answer.request_id
    if answer.status == 200 and envelope.success is True:
        return envelope
    raise _failure(answer, envelope, action, endpoint)


def not_understood(answer: Answer, action: str, endpoint: str) -> errors.AGBError:
    """Return the error for a response that comes from a proxy, a gateway or another site instead of the API.

    Such a response never proves that a context does not exist, regardless of its status.

    Args:
        answer: response to any operation.
        action: description of the call for the error.
        endpoint: base URL of the API for the error.

    Returns:
        An AuthenticationError for 401 and 403, a ThrottledError for 429, otherwise an UnreachableError.
    """
    status, request_id = answer.status, answer.request_id
    kind, wait = classify(status), answer.retry_after
    if kind is FailureKind.REFUSED_KEY:
        return messages.key_refused(action, "", code="", request_id=request_id, http_status=status)
    if kind is FailureKind.THROTTLED:
        return messages.throttled(action, "", request_id=request_id, http_status=status, retry_after=wait)
    return messages.unreachable(
        action,
        causes.NOT_AN_ANSWER,
        endpoint=endpoint,
        request_id=request_id,
        http_status=status,
        retryable=status == 200 or kind is FailureKind.TRANSIENT,
        retry_after=wait,
    )


def about(wanted: str, found: ContextResult, endpoint: str, *, by_name: bool = False) -> ContextResult:
    """Return a GetContext result after checking that it describes the requested context.

    Args:
        wanted: the requested ID or name.
        found: the result of GetContext.
        endpoint: base URL of the API for the error.
        by_name: whether the context was requested by name.

    Raises:
        UnreachableError: the result describes another context, for example because a cache or proxy mixed up responses.
    """
    name = found.context.name if found.context else ""
    if wanted == (name if by_name else found.context_id):
        return found
    action = f"get context '{wanted}'" if by_name else f"get context {wanted}"
    cause, request_id = causes.ANOTHER_CONTEXT, found.request_id
    raise messages.unreachable(action, cause, endpoint=endpoint, request_id=request_id, retryable=False)


def _failure(answer: Answer, envelope: Envelope, action: str, endpoint: str) -> errors.AGBError:
    code, cause, request_id = answer.shown(envelope.code), answer.shown(envelope.message), answer.request_id
    # A failure may have HTTP status 200. The envelope then contains the actual status, or only an error code.
    status = answer.status if answer.status != 200 else envelope.http_status_code or 200
    kind, wait = classify(status, envelope.code or ""), answer.retry_after
    if kind is FailureKind.THROTTLED:
        return messages.throttled(action, cause, code=code, request_id=request_id, http_status=status, retry_after=wait)
    if kind is FailureKind.TRANSIENT:
        return messages.unreachable(
            action, cause, endpoint=endpoint, code=code, request_id=request_id, http_status=status, retry_after=wait
        )
    return _REJECTIONS[kind](action, cause, code=code, request_id=request_id, http_status=status)


_REJECTIONS: dict[FailureKind, Callable[..., errors.RequestRejectedError]] = {
    FailureKind.REFUSED_KEY: messages.key_refused,
    FailureKind.ABSENT: messages.not_found,
    FailureKind.REJECTED: messages.rejected,
}
