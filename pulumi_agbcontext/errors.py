"""The exception hierarchy of this package.

    AGBError                          base class of all errors raised by this package (API reference: AGBError)
    ├── RequestRejectedError          the API rejected the call
    │   ├── AuthenticationError         the API rejected the key
    │   └── NotFoundError               the context or file does not exist
    │       └── ContextDeletedError       the context of an operation was deleted by another program
    ├── UnreachableError              no usable response: connection failure, timeout, server error, malformed body
    │   └── ThrottledError              the API or the object store throttled the request
    ├── WaitTimeoutError              a context did not reach a state within the timeout
    │   └── ClearanceTimeoutError       a clear did not reach `available` (API reference)
    ├── TransferError                 a presigned upload or download failed
    │   └── FileTooLargeError             a file exceeds the maximum size of a read
    ├── SourceChangedError            a local file has changed since `check`, or cannot be read
    ├── ContextExistsError            create found a context of the same name that the resource does not own
    ├── ContextOwnedElsewhereError    the owner record of the context names another owner
    ├── OwnerRecordError              the owner record of the context is invalid
    ├── ClearedMeanwhileError         the context was cleared by another program during an operation
    ├── ContextFileExistsError        create found a file at the same path that the resource does not own
    ├── ContextInUseError             a session uses the context, and `when_in_use` is `fail`
    ├── ContextNotEmptyError          the context contains files that the resource did not seed
    ├── TooManyDeletesError           an update would delete more files than `max_deletes` permits
    ├── IncompleteCreateError         create failed, and the created context was kept because it may contain data
    ├── MalformedStateError           the state of a resource is invalid
    ├── AnotherAccountError           the context was not found, but the state belongs to another account
    ├── InvalidIdError                the id of a resource to import or to read is malformed
    └── ConfigurationError            the provider configuration is invalid

Messages are defined in `messages/`. Every message is one line with the failure and its subject, the cause, the remedy
and, if available, the code, HTTP status and request ID. Keys, presigned URLs and file contents are removed by `redact`.
"""

from __future__ import annotations

from pulumi_agbcontext.redaction import redact, without_directives

_LONGEST_CODE = 128
_LONGEST_SUBJECT = 2000  # characters, because a message may contain a path of a thousand characters


class AGBError(Exception):
    """Base class of all errors that this package raises; the constructor redacts all text.

    Args:
        summary: the failure and its subject.
        cause: the cause, often as reported by the API or the object store.
        remedy: the next step for the user, as a full sentence.
        code: the API's error code.
        request_id: the API's request ID, which AGB support needs.
        http_status: the HTTP status of the response, if there was one.
        retryable: whether another attempt may succeed.
        retry_after: seconds to wait before another attempt, as requested by the API.
    """

    def __init__(
        self,
        summary: str,
        *,
        cause: str = "",
        remedy: str = "",
        code: str = "",
        request_id: str = "",
        http_status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.summary = redact(summary, _LONGEST_SUBJECT)
        self.cause = redact(cause)
        self.remedy = redact(remedy, _LONGEST_SUBJECT)
        self.code = redact(code, _LONGEST_CODE)
        self.request_id = redact(request_id, _LONGEST_CODE)
        self.http_status = http_status
        self.retryable = retryable
        self.retry_after = retry_after
        super().__init__(self._worded())

    def _worded(self) -> str:
        facts = [f"code {self.code}"] if self.code else []
        facts += [f"HTTP {self.http_status}"] if self.http_status else []
        facts += [f"request id {self.request_id}"] if self.request_id else []
        sentence = self.summary + (f": {self.cause.rstrip('.')}" if self.cause else "")
        sentence += f" ({', '.join(facts)})" if facts else ""
        return without_directives(f"{sentence}. {self.remedy}".rstrip())


class RequestRejectedError(AGBError):
    """The API rejected a call. Retrying the call unchanged does not help."""


class AuthenticationError(RequestRejectedError):
    """The API rejected the key."""


class NotFoundError(RequestRejectedError):
    """The context or file does not exist."""


class UnreachableError(AGBError):
    """No usable response was received. Whether the call took effect is unknown."""


class ThrottledError(UnreachableError):
    """The API or the object store throttled the request and did not process it."""


class WaitTimeoutError(AGBError):
    """A context did not reach a state within the timeout.

    Args:
        summary: the expected state and the context.
        last_state: the last observed state, or None if there was none.
        timeout: the timeout in seconds.
        remedy: the next step for the user, as a full sentence.
    """

    def __init__(self, summary: str, *, last_state: str | None, timeout: float, remedy: str = "") -> None:
        self.last_state = None if last_state is None else redact(last_state)
        self.timeout = timeout
        super().__init__(
            summary, cause=f"its last state was {self.last_state}" if self.last_state else "", remedy=remedy
        )


class ClearanceTimeoutError(WaitTimeoutError):
    """A clear did not reach `available` within the timeout (API reference: ClearanceTimeoutError)."""


class TransferError(AGBError):
    """A presigned upload or download failed."""


class FileTooLargeError(TransferError):
    """A file exceeds the maximum size of a read."""


class SourceChangedError(AGBError):
    """A local file has changed since `check`, or cannot be read."""


class ContextExistsError(AGBError):
    """Create found a context of the same name that the resource does not own."""


class ContextOwnedElsewhereError(AGBError):
    """The owner record of the context names another owner. The context was not changed.

    Attributes:
        owner: the owner, for a message; empty if the owner record disappeared.
    """

    owner = ""


class OwnerRecordError(AGBError):
    """The owner record of the context is malformed, too large or of a newer version."""


class ClearedMeanwhileError(AGBError):
    """Another program cleared the context during an operation. Files are missing."""


class ContextFileExistsError(AGBError):
    """Create found a file at the same path that the resource does not own."""


class ContextInUseError(AGBError):
    """A session uses the context, and `when_in_use` is `fail`. Nothing was changed."""


class ContextNotEmptyError(AGBError):
    """The context contains files that the resource did not seed, and `force_destroy` is false."""


class TooManyDeletesError(AGBError):
    """An update would delete more files than `max_deletes` permits. Nothing was changed."""


class IncompleteCreateError(AGBError):
    """Create failed, and the created context was kept because it may contain data."""


class AnotherAccountError(AGBError):
    """The context was not found, but the state belongs to another account, so the context may still exist."""


class InvalidIdError(AGBError):
    """The id of a resource to import or to read is malformed."""


class MalformedStateError(AGBError):
    """The state of a resource is invalid. Nothing was changed."""


class ContextDeletedError(NotFoundError):
    """Another program deleted the context of an operation."""


class ConfigurationError(AGBError):
    """The provider configuration is invalid."""
