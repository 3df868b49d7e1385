"""The one error tree of this package, and the one place that words its messages.

    AGBError                          everything this package raises on purpose (API reference: AGBError)
    ├── RequestRejectedError          the API answered and said no
    │   ├── AuthenticationError         it refused the key
    │   └── NotFoundError               it knows no such context or file
    │       └── ContextGoneError          the context of an operation was deleted by somebody else
    ├── UnreachableError              no usable answer: connection, time-out, fault of the server, malformed body
    ├── WaitTimeoutError              a state did not come within its time-out
    │   └── ClearanceTimeoutError       a clear did not reach `available` (API reference)
    ├── TransferError                 a presigned upload or download failed
    ├── SourceChangedError            a local file is not what `check` saw, or cannot be read
    ├── ContextExistsError            create met a context of that name that is not ours
    ├── ContextFileExistsError        create met a file at that path that is not ours
    ├── IncompleteCreateError         create failed and what it made was kept, because it may hold data
    ├── AnotherAccountError           not found, but the state was written under another account
    └── ConfigurationError            the provider's configuration cannot be used

Every message is one line: what happened, to what, why, the code and request id where there are any, and what to
do next. No message holds a key, a presigned URL or a file's content: `redact` cuts the query off every URL.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_URL = re.compile(r"(https?://[^\s?#'\"<>]+)[?#][^\s'\"<>]*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LONGEST_REASON = 300


def redact(text: str) -> str:
    """Make foreign text safe to show: one line, no URL query (it is a signature), at most 300 characters.

    Args:
        text: words of the API, of an object store or of an HTTP library.

    Returns:
        The text that may stand in a message or a log.
    """
    text = _CONTROL.sub(" ", _URL.sub(r"\1?…", text)).strip()
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"


class AGBError(Exception):
    """Any failure that this package reports.

    Args:
        what: what happened, and to what.
        why: the reason, in the words of whoever refused; redacted here.
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
        self.what = what
        self.why = redact(why)
        self.remedy = remedy
        self.code = code
        self.request_id = request_id
        self.http_status = http_status
        self.may_pass = may_pass
        self.retry_after = retry_after
        super().__init__(self._worded())

    def _worded(self) -> str:
        facts = [f"code {self.code}"] if self.code else []
        facts += [f"HTTP {self.http_status}"] if self.http_status else []
        facts += [f"request id {self.request_id}"] if self.request_id else []
        sentence = redact(self.what) + (f": {self.why.rstrip('.')}" if self.why else "")
        sentence += f" ({', '.join(redact(fact) for fact in facts)})" if facts else ""
        return f"{sentence}. {self.remedy}".rstrip()


class RequestRejectedError(AGBError):
    """The API answered a call and said no; repeating it unchanged is of no use."""


class AuthenticationError(RequestRejectedError):
    """The API refused the key."""


class NotFoundError(RequestRejectedError):
    """The API knows no such context or file."""


class UnreachableError(AGBError):
    """No usable answer came: whether the call took effect is not known."""


class WaitTimeoutError(AGBError):
    """A context did not reach a state within its time-out.

    Args:
        what: what was waited for, and of which context.
        last_state: the state that was seen last, or None where there was none.
        timeout: seconds waited.
        remedy: what the reader can do next.
    """

    def __init__(self, what: str, *, last_state: str | None, timeout: float, remedy: str = "") -> None:
        self.last_state = last_state
        self.timeout = timeout
        super().__init__(what, why=f"not within {timeout:g} s, last state {last_state or 'unknown'}", remedy=remedy)


class ClearanceTimeoutError(WaitTimeoutError):
    """A clear did not reach `available` within its time-out (API reference: ClearanceTimeoutError)."""


class TransferError(AGBError):
    """A presigned upload or download failed."""


class SourceChangedError(AGBError):
    """A local file is not what `check` saw, or cannot be read."""


class ContextExistsError(AGBError):
    """Create met a context of that name that this resource does not own.

    Args:
        name: the name that is taken.
        context_id: who has it.
        age: when that context was made, for a reader.
        why: what tells that it is not ours.
    """

    def __init__(self, name: str, *, context_id: str, age: str, why: str = "") -> None:
        self.context_id = context_id
        super().__init__(
            f"Context '{name}' exists already: {context_id}, {age}",
            why=why,
            remedy="To take it over with the files it holds, set adopt=True; else choose another name, "
            "or delete that context first.",
        )


class IncompleteCreateError(AGBError):
    """Create failed, and what it made was kept because it may hold somebody's data.

    Args:
        name: name of the context.
        context_id: the context that stays.
        failure: why create failed.
        kept_because: why it was not undone.
    """

    def __init__(self, name: str, *, context_id: str, failure: Exception, kept_because: str) -> None:
        self.context_id = context_id
        super().__init__(
            f"Context '{name}' was made as {context_id} but not finished",
            why=f"{failure} It was kept: {kept_because}",
            remedy="Look what it holds; then delete it, or set adopt=True and run `pulumi up` again.",
        )


class ContextFileExistsError(AGBError):
    """Create met a file at that path that this resource does not own.

    Args:
        context_id: the context that holds it.
        path: the path that is taken.
        why: what tells that it is not ours.
    """

    def __init__(self, context_id: str, path: str, *, why: str) -> None:
        super().__init__(
            f"{path} exists already in context {context_id}",
            why=why,
            remedy="To overwrite it, set overwrite_on_create=True; else choose another path, "
            "or delete that file first.",
        )


class AnotherAccountError(AGBError):
    """Not found, but the state was written under another account: no proof that the context is gone.

    Args:
        context_id: the context that was looked for.
        request_id: of the answer that did not know it.
    """

    def __init__(self, context_id: str, *, request_id: str = "") -> None:
        super().__init__(
            f"Context {context_id} is not known to this account",
            why="the state was written under another endpoint or API key, so this is no proof that it is gone",
            request_id=request_id,
            remedy="Give the key and endpoint that made it (agbcontext:apiKey or AGB_API_KEY, agbcontext:endpoint or "
            "AGB_ENDPOINT); if that account is no more, `pulumi state delete` forgets the resource.",
        )


class ContextGoneError(NotFoundError):
    """The context that an operation works on was deleted by somebody else.

    Args:
        context_id: the context that is gone.
        operation: what was being done.
        request_id: of the answer that did not know it.
    """

    def __init__(self, context_id: str, *, operation: str, request_id: str = "") -> None:
        super().__init__(
            f"Context {context_id} is gone, {operation} is not possible",
            why="it was deleted outside this stack",
            request_id=request_id,
            remedy="Run `pulumi up --refresh`: it makes the context anew and seeds it.",
        )


class ConfigurationError(AGBError):
    """The provider's configuration cannot be used."""


# Reasons that the client gives, where nobody else has words for it.
NOT_A_URL = "it is not a usable http or https URL"
LINK_LOCAL = "its address is link-local, where machines keep credentials"
PLAIN_HTTP = "plain http would show the key and the data to everybody on the way"
OUT_OF_TIME = "no whole answer came in time"
UNKNOWN_HOST = "the host name cannot be resolved"
TOO_LARGE = "the answer is larger than any this API gives"
NOT_AN_ANSWER = "the answer is not one of the Context API"
ENDLESS_PAGES = "the API hands out the same page again and again"
URL_REFUSED = "the object store refused the presigned URL, also a fresh one"
STORE_REFUSED = "the object store refused"
TOO_LONG = "the file is longer than expected"

_INSECURE_REMEDY = "Use https, or set agbcontext:allowInsecure if the way there is trusted."
_ENDPOINT_REMEDY = "Correct agbcontext:endpoint, or AGB_ENDPOINT."
_KEY_REMEDY = "Set it with `pulumi config set --secret agbcontext:apiKey`, or in the environment as AGB_API_KEY."


def broken_connection(reason: str) -> str:
    """The reason when a connection could not be made or did not last."""
    return f"the connection failed, {reason[:1].lower()}{reason[1:]}"


def bad_certificate(reason: str) -> str:
    """The reason when the other side could not prove who it is."""
    return f"its TLS certificate was not accepted, {reason}"


def unusable_setting(name: str, value: str, wanted: str) -> ConfigurationError:
    """A setting of the provider has a value that makes no sense."""
    return ConfigurationError(f"Cannot use {value} as {name}", remedy=f"It must be {wanted}.")


def unusable_endpoint(endpoint: str, reason: str) -> ConfigurationError:
    """The API's address cannot be used."""
    remedy = _INSECURE_REMEDY if reason == PLAIN_HTTP else _ENDPOINT_REMEDY
    return ConfigurationError(f"Cannot use the endpoint {_without_credentials(endpoint)}", why=reason, remedy=remedy)


def missing_key() -> ConfigurationError:
    """No API key is configured."""
    return ConfigurationError("There is no AGB API key", remedy=_KEY_REMEDY)


def unusable_key() -> ConfigurationError:
    """The API key cannot stand in an HTTP header."""
    return ConfigurationError(
        "Cannot use the AGB API key", why="it holds blanks, line breaks or letters that no key has", remedy=_KEY_REMEDY
    )


def unusable_bundle(path: str, why: str) -> ConfigurationError:
    """The bundle of certificate authorities that the environment names cannot be loaded."""
    return ConfigurationError(
        f"Cannot load the certificate authorities in {path}",
        why=why,
        remedy="Correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE.",
    )


def unusable_proxy() -> ConfigurationError:
    """The proxy that the environment names is of another kind."""
    return ConfigurationError(
        "Cannot use the proxy of the environment",
        why="it is not an http or https one",
        remedy="Correct HTTPS_PROXY, or name the endpoint in NO_PROXY.",
    )


def unreachable(
    doing: str,
    why: str,
    *,
    endpoint: str,
    code: str = "",
    request_id: str = "",
    http_status: int | None = None,
    may_pass: bool = True,
    retry_after: float | None = None,
) -> UnreachableError:
    """No usable answer came to an API call.

    Args:
        doing: what the call was for, as in "get context 'demo'".
        why: the reason.
        endpoint: base URL of the API.
        code: as in AGBError, like the rest.
    """
    waiting = f" in {retry_after:.0f} s" if retry_after else ""
    remedy = (
        f"Run it again{waiting}."
        if http_status == 429
        else f"Check that {endpoint} is right and up, and run it again{waiting}."
    )
    return UnreachableError(
        f"Could not {doing}",
        why=why,
        remedy=remedy,
        code=code,
        request_id=request_id,
        http_status=http_status,
        may_pass=may_pass,
        retry_after=retry_after,
    )


def no_such_context(name: str) -> NotFoundError:
    """The API answered a look-up by name with nothing."""
    return not_found(f"get context '{name}'", "", code="", request_id="", http_status=200)


def no_such_file(context_id: str, path: str) -> NotFoundError:
    """The object store holds nothing under a path."""
    return not_found(f"read {path} of context {context_id}", "", code="", request_id="", http_status=404)


def key_refused(doing: str, why: str, *, code: str, request_id: str, http_status: int) -> AuthenticationError:
    """The API refused the key."""
    return AuthenticationError(
        f"Could not {doing}: the API refused the key",
        why=why,
        remedy="Check agbcontext:apiKey in the stack's configuration, or AGB_API_KEY.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def not_found(doing: str, why: str, *, code: str, request_id: str, http_status: int) -> NotFoundError:
    """The API knows no such context or file."""
    return NotFoundError(
        f"Could not {doing}",
        why=why or "there is none",
        remedy="Check the id or name, the region and the account.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def rejected(doing: str, why: str, *, code: str, request_id: str, http_status: int) -> RequestRejectedError:
    """The API said no for any other reason."""
    return RequestRejectedError(
        f"Could not {doing}",
        why=why or "the API refused it without a reason",
        remedy="Correct what the API objects to; its support asks for the request id.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def not_ready(context_id: str, last_state: str | None, timeout: float) -> WaitTimeoutError:
    """A context did not become usable in time."""
    return WaitTimeoutError(
        f"Context {context_id} did not become usable",
        last_state=last_state,
        timeout=timeout,
        remedy="Run it again when the context is available, or raise clear_timeout.",
    )


def not_cleared(context_id: str, last_state: str | None, timeout: float) -> ClearanceTimeoutError:
    """A clear did not end in time; it may still do so."""
    return ClearanceTimeoutError(
        f"The clear of context {context_id} was not done",
        last_state=last_state,
        timeout=timeout,
        remedy="It may still be running: run it again later, or raise clear_timeout.",
    )


def not_gone(context_id: str, last_state: str | None, timeout: float) -> WaitTimeoutError:
    """A deleted context was still known in the end."""
    return WaitTimeoutError(
        f"Context {context_id} was deleted, but the API still knows it",
        last_state=last_state,
        timeout=timeout,
        remedy="Run it again later.",
    )


def name_not_free(name: str, timeout: float) -> WaitTimeoutError:
    """A deleted context still had its name when the time was up."""
    return WaitTimeoutError(
        f"The name '{name}' did not become free: a deleted context still has it",
        last_state=None,
        timeout=timeout,
        remedy="Run it again in a while, or raise clear_timeout.",
    )


def not_listed(context_id: str, missing: Collection[str], timeout: float) -> WaitTimeoutError:
    """Files that were stored did not show in the listing in time."""
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return WaitTimeoutError(
        f"Context {context_id} does not list {min(missing, default='its files')}{others}",
        last_state=None,
        timeout=timeout,
        remedy="Listings lag: run it again later.",
    )


def transfer_failed(
    doing: str, why: str, *, http_status: int | None = None, may_pass: bool = False, retry_after: float | None = None
) -> TransferError:
    """A presigned upload or download failed.

    Args:
        doing: as in "upload /data/a.txt to context SdkCtx-1".
        why: the reason.
        http_status: as in AGBError, like the rest.
    """
    remedy = _INSECURE_REMEDY if why == PLAIN_HTTP else "Run it again; what is in place already is not sent twice."
    return TransferError(
        f"Could not {doing}",
        why=why,
        remedy=remedy,
        http_status=http_status,
        may_pass=may_pass,
        retry_after=retry_after,
    )


def source_changed(path: str) -> SourceChangedError:
    """A local file is not what `check` saw."""
    return SourceChangedError(
        f"The source of {path} changed while the update was running", remedy="Run the update again; it was not stored."
    )


def source_unreadable(path: str, why: str) -> SourceChangedError:
    """A local file cannot be read."""
    return SourceChangedError(f"Cannot read the source of {path}", why=why, remedy="Make it readable and run it again.")


def _without_credentials(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)
