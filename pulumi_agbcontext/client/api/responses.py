"""From an HTTP answer to an envelope or an error: the one place that judges what an answer of the API means."""

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
    """An HTTP answer, read whole.

    Args:
        response: its status and headers.
        body: undecoded.
        secrets: what no text of the answer may show, should it echo the API key.
    """

    response: Response
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before another attempt, as far as the answer says."""
        return retry_after(self.response.headers.get("retry-after"))

    @cached_property
    def envelope(self) -> Envelope | None:
        """The envelope in the body; None where that is not the JSON of one, or has none of its tell-tale fields."""
        try:
            envelope = Envelope.model_validate_json(self.body)
        except (ValueError, RecursionError):
            return None
        return None if envelope.success is None and not envelope.code else envelope

    @property
    def request_id(self) -> str:
        """The request id, from the body or else from the head."""
        in_body = self.envelope.request_id if self.envelope else None
        return self.shown(in_body or self.response.headers.get("x-request-id"))

    def shown(self, text: str | None) -> str:
        """Return a text of the answer as it may be shown."""
        return redact(text, secrets=self.secrets) if text else ""


def understand(answer: Answer, action: str, endpoint: str) -> Envelope:
    """Read an answer as a success of the API; anything else is an error.

    Args:
        answer: to any operation.
        action: what the call was for, for the error.
        endpoint: base URL of the API, for the error.

    Returns:
        The envelope of a success, with a request id where the answer has one anywhere.

    Raises:
        AuthenticationError, NotFoundError, RequestRejectedError: the API refused the call.
        ThrottledError: the API asks for fewer calls.
        UnreachableError: the answer is of no use; `retryable` says whether a repeat could be.
    """
    envelope = answer.envelope
    if envelope is None:
        raise not_understood(answer, action, endpoint)
    envelope.request_id = answer.request_id
    if answer.status == 200 and envelope.success is True:
        return envelope
    raise _failure(answer, envelope, action, endpoint)


def not_understood(answer: Answer, action: str, endpoint: str) -> errors.AGBError:
    """The error for an answer that is not the API's, but of a proxy, a gateway or another site.

    It is never proof that a context does not exist, whatever its status.

    Args:
        answer: to any operation.
        action: what the call was for.
        endpoint: base URL of the API.

    Returns:
        An AuthenticationError for 401 and 403, else an UnreachableError.
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
    """Return an answer that is about the context that was asked for.

    Args:
        wanted: the id or name that was asked for.
        found: the answer to GetContext.
        endpoint: base URL of the API, for the error.
        by_name: whether it was asked for by name.

    Raises:
        UnreachableError: it is about another context, as when a cache or a proxy mixes answers up.
    """
    name = found.context.name if found.context else ""
    if wanted == (name if by_name else found.context_id):
        return found
    action = f"get context '{wanted}'" if by_name else f"get context {wanted}"
    cause, request_id = causes.ANOTHER_CONTEXT, found.request_id
    raise messages.unreachable(action, cause, endpoint=endpoint, request_id=request_id, retryable=False)


def _failure(answer: Answer, envelope: Envelope, action: str, endpoint: str) -> errors.AGBError:
    code, cause, request_id = answer.shown(envelope.code), answer.shown(envelope.message), answer.request_id
    # The HTTP status of a failure may be 200; the envelope then says what it would have been, or only its code does.
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
