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

import re
from collections.abc import Iterable
from urllib.parse import quote

_HIDDEN = "…"
# Whatever ends a line, moves the cursor or changes the direction of text.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_TOKEN = re.compile(r"[^\s'\"<>]+")
_QUERY = re.compile(r"[?#]|%(?:25)*(?:3f|23)", re.IGNORECASE)
_QUESTION_MARK = re.compile(r"\?|%(?:25)*3f", re.IGNORECASE)
_EQUALS_SIGN = re.compile(r"=|%(?:25)*3d", re.IGNORECASE)
_AFTER_AUTHORITY = re.compile(r"[/?#\\]")
# Every answer has a request id: a single word needs no search for what several words or signs would give away.
_ONE_WORD = re.compile(r"[A-Za-z0-9._-]{0,128}")
_LONGEST_READ = 50_000
_LONGEST_REASON = 300
_LONGEST_CODE = 128
_LONGEST_SUBJECT = 2000  # our own words may name a path of a thousand characters


def _pattern(kept: str, hidden: str) -> re.Pattern[str]:
    return re.compile(f"(?P<kept>{kept})(?:{hidden})", re.IGNORECASE | re.DOTALL)


_EQUALS = r"(?:[\\\"']*\s*=|%(?:25)*3d|\\u003d|&\#(?:61|x3d);)"
_QUOTED_COLON = r"[\\\"']+\s*:"
_VALUE = r"[^\s&\"'<>]*"
_SIG = r"(?:(?<![a-z0-9])|(?<=%3f)|(?<=%26))sig"
_ACCESS_KEY = r"access[-_]?key(?:[-_]?(?:id|secret))?|access[-_]?id|q-ak"
_NAMES = rf"(?:signature|token|credentials?|api[-_ ]?key|{_ACCESS_KEY}|{_SIG})"
_SIGNED_TEXT = r"(?:stringtosign|canonicalrequest)\w{0,20}"
# Names that may have a plain colon before their value. Our own words have one between the AGB API key and a reason.
_API_KEY = r"(?<!agbcontext:)(?<!agb )api[-_ ]?key"
_HEADERS = rf"(?:{_API_KEY}|secret|passw(?:or)?d|security[-_]?token|(?<=-)(?:signature|token|credentials?))"
_SECRETS = (
    _pattern(rf"{_SIGNED_TEXT}[\\\"']*\s*[:=]\s*\\*\"", r'(?:[^"\\]|\\.)*'),
    _pattern(rf"{_SIGNED_TEXT}[\\\"']*\s*[:=](?!\s*\\*\")", ".*"),
    _pattern(
        r"(?:<|&lt;)(?:[\w-]{1,20}:)?\w{0,30}?"
        r"(?:stringtosign|canonicalrequest|signature|accesskey|token|secret|credential|authorization)"
        r"\w{0,30}[^<>&]{0,100}(?:>|&gt;)",
        "(?:(?!</|&lt;/).)*",
    ),
    _pattern(rf"authorization(?:{_EQUALS}|[\\\"']*\s*:)[\s\\\"']*", rf"(?:[a-z][\w-]{{0,30}}\s+)?{_VALUE}"),
    _pattern(rf"(?:{_NAMES}(?:{_EQUALS}|{_QUOTED_COLON})|{_HEADERS}[\\\"']*\s*[:=])[\s\\\"']*", _VALUE),
    _pattern(r"bearer(?:[\s:=]|%20)+", r"[^\s&\"'<>]+"),
)


def redact(text: str, longest: int = _LONGEST_REASON, *, secrets: Iterable[str] = ()) -> str:
    """Make foreign text safe to show: one line without secrets.

    Removed are the query, fragment and credentials of a URL, and the values of what is named like a key, a token, a
    signature or an `Authorization` header. An API key is an opaque string, so a caller that knows one passes it.

    Args:
        text: words of the API, of an object store or of an HTTP library.
        longest: characters that are kept.
        secrets: strings to remove wherever they stand, percent-encoded and in any letter case too.

    Returns:
        The text that may stand in a message or a log.
    """
    secrets = [secret for secret in secrets if secret]
    if _ONE_WORD.fullmatch(text) and not any(secret.lower() in text.lower() for secret in secrets):
        return text[:longest]
    for secret in secrets:
        text = re.sub("".join(map(_encoded, secret)), _HIDDEN, text, flags=re.IGNORECASE)
    text = _CONTROL.sub(" ", text)
    if len(text) > _LONGEST_READ:  # half a word could hide what makes it a secret
        text = f"{text[:_LONGEST_READ].rpartition(' ')[0]} {_HIDDEN}"
    text = _TOKEN.sub(_redacted_url, text)
    for pattern in _SECRETS:
        text = pattern.sub(rf"\g<kept>{_HIDDEN}", text)
    text = text.strip()
    return text if len(text) <= longest else text[: longest - 1] + _HIDDEN


def _encoded(character: str) -> str:
    """Return a pattern of a character as it is, and percent-encoded any number of times."""
    percent = quote(character, safe="").replace("%", "%(?:25)*")
    return re.escape(character) if percent == character else f"(?:{re.escape(character)}|{percent})"


def _redacted_url(match: re.Match[str]) -> str:
    """Cut query, fragment and credentials off a word that is a URL, or looks like one without a scheme."""
    word = match[0]
    scheme, slashes, rest = word.partition("//")
    if slashes:
        end = _AFTER_AUTHORITY.search(rest)
        authority = rest[: end.start()] if end else rest
        port = authority.rpartition("]")[2].partition(":")[2]
        if "@" in authority:
            rest = f"{_HIDDEN}@{rest[authority.rindex('@') + 1 :]}"
        elif "@" in rest and port and not port.isdecimal():  # a password may hold any delimiter
            return f"{scheme}//{_HIDDEN}"
        query = _QUERY.search(rest)
    else:
        rest, at = word, word.rfind("@")
        if ":" in word[: max(at, 0)] and "/" not in word[:at]:
            rest = _HIDDEN + word[at:]
        query = _QUESTION_MARK.search(rest)
        query = query if query and _EQUALS_SIGN.search(rest, query.end()) else None
    shown = rest[: query.end()] + _HIDDEN if query else rest
    return f"{scheme}//{shown}" if slashes else shown


def without_directives(text: str) -> str:
    """Break what the engine's display would take for a colour directive: an unknown one ends the Pulumi CLI."""
    return text.replace("<{%", "< {%").replace("%}>", "%} >")


class AGBError(Exception):
    """Any failure that this package reports; every text in it is redacted here.

    Args:
        what: what happened, and to what.
        why: the reason, in the words of whoever refused.
        remedy: what the reader can do next, a full sentence.
        code: the API's error code.
        request_id: the API's request id, which AGB's support asks for.
        http_status: the HTTP status of the answer, where there was one.
        may_pass: whether the cause may be gone at the next attempt.
        retry_after: seconds that the API asks to wait before it.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        remedy: str = "",
        code: str = "",
        request_id: str = "",
        http_status: int | None = None,
        may_pass: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.what = redact(what, _LONGEST_SUBJECT)
        self.why = redact(why)
        self.remedy = redact(remedy, _LONGEST_SUBJECT)
        self.code = redact(code, _LONGEST_CODE)
        self.request_id = redact(request_id, _LONGEST_CODE)
        self.http_status = http_status
        self.may_pass = may_pass
        self.retry_after = retry_after
        super().__init__(self._worded())

    def _worded(self) -> str:
        facts = [f"code {self.code}"] if self.code else []
        facts += [f"HTTP {self.http_status}"] if self.http_status else []
        facts += [f"request id {self.request_id}"] if self.request_id else []
        sentence = self.what + (f": {self.why.rstrip('.')}" if self.why else "")
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
        what: what was waited for, and of which context.
        last_state: the state that was seen last, or None where there was none.
        timeout: seconds waited.
        remedy: what the reader can do next.
    """

    def __init__(self, what: str, *, last_state: str | None, timeout: float, remedy: str = "") -> None:
        self.last_state = None if last_state is None else redact(last_state)
        self.timeout = timeout
        super().__init__(what, why=f"not within {timeout:g} s, last state {last_state or 'unknown'}", remedy=remedy)


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
