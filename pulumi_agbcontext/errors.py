"""The one error tree of this package.

    AGBError                          everything this package raises on purpose (API reference: AGBError)
    ├── RequestRejectedError          the API answered and said no
    │   ├── AuthenticationError         it refused the key
    │   └── NotFoundError               it knows no such context or file
    │       └── ContextGoneError          the context of an operation was deleted by somebody else
    ├── UnreachableError              no usable answer: connection, time-out, fault of the server, malformed body
    │   └── ThrottledError              the API or the object store asked for fewer requests
    ├── WaitTimeoutError              a state did not come within its time-out
    │   └── ClearanceTimeoutError       a clear did not reach `available` (API reference)
    ├── TransferError                 a presigned upload or download failed
    │   └── FileTooLargeError             a file is longer than what was to be read of it
    ├── SourceChangedError            a local file is not what `check` saw, or cannot be read
    ├── ContextExistsError            create met a context of that name that is not ours
    ├── ContextOwnedElsewhereError    the context's owner record names another owner
    ├── OwnerRecordError              the owner record of a context cannot be understood
    ├── ClearedMeanwhileError         the context was cleared by another program meanwhile
    ├── ContextFileExistsError        create met a file at that path that is not ours
    ├── IncompleteCreateError         create failed and what it made was kept, because it may hold data
    ├── MalformedStateError           what is recorded of a resource cannot be read
    ├── AnotherAccountError           not found, but the state was written under another account
    └── ConfigurationError            the provider's configuration cannot be used

The words stand in `messages/`. Every message is one line: what happened, to what, why, the code and request id where
there are any, and what to do next. No message holds a key, a presigned URL or a file's content: see `redact`.
"""

from __future__ import annotations

from pulumi_agbcontext.redaction import redact, without_directives

_LONGEST_CODE = 128
_LONGEST_SUBJECT = 2000  # our own words may name a path of a thousand characters


class AGBError(Exception):
    """Any failure that this package reports; every text in it is redacted here.

    Args:
        summary: what happened, and to what.
        cause: the reason, in the words of whoever refused.
        remedy: what the reader can do next, a full sentence.
        code: the API's error code.
        request_id: the API's request id, which AGB's support asks for.
        http_status: the HTTP status of the answer, where there was one.
        retryable: whether the cause may be gone at the next attempt.
        retry_after: seconds that the API asks to wait before it.
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
    """The API answered a call and said no; repeating it unchanged is of no use."""


class AuthenticationError(RequestRejectedError):
    """The API refused the key."""


class NotFoundError(RequestRejectedError):
    """The API knows no such context or file."""


class UnreachableError(AGBError):
    """No usable answer came: whether the call took effect is not known."""


class ThrottledError(UnreachableError):
    """The API or the object store asked for fewer requests; the call was not carried out."""


class WaitTimeoutError(AGBError):
    """A context did not reach a state within its time-out.

    Args:
        summary: what was waited for, and of which context.
        last_state: the state that was seen last, or None where there was none.
        timeout: seconds waited.
        remedy: what the reader can do next.
    """

    def __init__(self, summary: str, *, last_state: str | None, timeout: float, remedy: str = "") -> None:
        self.last_state = None if last_state is None else redact(last_state)
        self.timeout = timeout
        super().__init__(
            summary, cause=f"not within {timeout:g} s, last state {last_state or 'unknown'}", remedy=remedy
        )


class ClearanceTimeoutError(WaitTimeoutError):
    """A clear did not reach `available` within its time-out (API reference: ClearanceTimeoutError)."""


class TransferError(AGBError):
    """A presigned upload or download failed."""


class FileTooLargeError(TransferError):
    """A file is longer than what was to be read of it."""


class SourceChangedError(AGBError):
    """A local file is not what `check` saw, or cannot be read."""


class ContextExistsError(AGBError):
    """Create met a context of that name that this resource does not own."""


class ContextOwnedElsewhereError(AGBError):
    """The owner record of the context names another owner; nothing of that owner's was changed.

    Attributes:
        owner: who owns the context, for a message; an empty string where the record vanished.
    """

    owner = ""


class OwnerRecordError(AGBError):
    """The owner record of the context is malformed, too large or of a newer version."""


class ClearedMeanwhileError(AGBError):
    """The context was cleared by another program while it was being changed; files are missing."""


class ContextFileExistsError(AGBError):
    """Create met a file at that path that this resource does not own."""


class IncompleteCreateError(AGBError):
    """Create failed, and what it made was kept because it may hold somebody's data."""


class AnotherAccountError(AGBError):
    """Not found, but the state was written under another account: no proof that the context is gone."""


class MalformedStateError(AGBError):
    """What the state records of a resource cannot be read; nothing was changed."""


class ContextGoneError(NotFoundError):
    """The context that an operation works on was deleted by somebody else."""


class ConfigurationError(AGBError):
    """The provider's configuration cannot be used."""
