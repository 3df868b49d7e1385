"""The one place that words the messages of this package: what happened, to what, why, and what to do next."""

from __future__ import annotations

from collections.abc import Collection

from pulumi_agbcontext import errors, reasons

_INSECURE_REMEDY = "Use https, or set agbcontext:allowInsecure if the way there is trusted."
_ENDPOINT_REMEDY = "Correct agbcontext:endpoint, or AGB_ENDPOINT."
_KEY_REMEDY = "Set it with `pulumi config set --secret agbcontext:apiKey`, or in the environment as AGB_API_KEY."


def unusable_setting(name: str, value: str, wanted: str) -> errors.ConfigurationError:
    """A setting of the provider has a value that makes no sense."""
    return errors.ConfigurationError(f"Cannot use {value} as {name}", remedy=f"It must be {wanted}.")


def unusable_endpoint(endpoint: str, reason: str) -> errors.ConfigurationError:
    """The API's address cannot be used."""
    remedy = _INSECURE_REMEDY if reason == reasons.PLAIN_HTTP else _ENDPOINT_REMEDY
    return errors.ConfigurationError(f"Cannot use the endpoint {endpoint}", why=reason, remedy=remedy)


def missing_key() -> errors.ConfigurationError:
    """No API key is configured."""
    return errors.ConfigurationError("There is no AGB API key", remedy=_KEY_REMEDY)


def unusable_key() -> errors.ConfigurationError:
    """The API key cannot stand in an HTTP header."""
    return errors.ConfigurationError(
        "Cannot use the AGB API key", why="it holds blanks, line breaks or letters that no key has", remedy=_KEY_REMEDY
    )


def unusable_bundle(path: str, why: str) -> errors.ConfigurationError:
    """The bundle of certificate authorities that the environment names cannot be loaded."""
    return errors.ConfigurationError(
        f"Cannot load the certificate authorities in {path}",
        why=why,
        remedy="Correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE.",
    )


def unusable_proxy() -> errors.ConfigurationError:
    """The proxy that the environment names is of another kind."""
    return errors.ConfigurationError(
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
) -> errors.UnreachableError:
    """No usable answer came to an API call.

    Args:
        doing: what the call was for, as in "get context 'demo'".
        endpoint: base URL of the API; the rest as in AGBError.
    """
    waiting = f" in {retry_after:.0f} s" if retry_after else ""
    remedy = (
        f"Run it again{waiting}."
        if http_status == 429
        else f"Check that {endpoint} is right and up, and run it again{waiting}."
    )
    return errors.UnreachableError(
        f"Could not {doing}",
        why=why,
        remedy=remedy,
        code=code,
        request_id=request_id,
        http_status=http_status,
        may_pass=may_pass,
        retry_after=retry_after,
    )


def no_such_context(name: str) -> errors.NotFoundError:
    """The API answered a look-up by name with nothing."""
    return not_found(f"get context '{name}'", "", code="", request_id="", http_status=200)


def no_such_file(context_id: str, path: str) -> errors.NotFoundError:
    """The object store holds nothing under a path."""
    return not_found(f"read {path} of context {context_id}", "", code="", request_id="", http_status=404)


def key_refused(doing: str, why: str, *, code: str, request_id: str, http_status: int) -> errors.AuthenticationError:
    """The API refused the key."""
    return errors.AuthenticationError(
        f"Could not {doing}: the API refused the key",
        why=why,
        remedy="Check agbcontext:apiKey in the stack's configuration, or AGB_API_KEY.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def not_found(doing: str, why: str, *, code: str, request_id: str, http_status: int) -> errors.NotFoundError:
    """The API knows no such context or file."""
    return errors.NotFoundError(
        f"Could not {doing}",
        why=why or "there is none",
        remedy="Check the id or name, the region and the account.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def rejected(doing: str, why: str, *, code: str, request_id: str, http_status: int) -> errors.RequestRejectedError:
    """The API said no for any other reason."""
    return errors.RequestRejectedError(
        f"Could not {doing}",
        why=why or "the API refused it without a reason",
        remedy="Correct what the API objects to; its support asks for the request id.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def not_ready(context_id: str, last_state: str | None, timeout: float) -> errors.WaitTimeoutError:
    """A context did not become usable in time."""
    return errors.WaitTimeoutError(
        f"Context {context_id} did not become usable",
        last_state=last_state,
        timeout=timeout,
        remedy="Run it again when the context is available, or raise clear_timeout.",
    )


def not_cleared(context_id: str, last_state: str | None, timeout: float) -> errors.ClearanceTimeoutError:
    """A clear did not end in time; it may still do so."""
    return errors.ClearanceTimeoutError(
        f"The clear of context {context_id} was not done",
        last_state=last_state,
        timeout=timeout,
        remedy="It may still be running: run it again later, or raise clear_timeout.",
    )


def not_gone(which: str, last_state: str | None, timeout: float) -> errors.WaitTimeoutError:
    """A deleted context was still known in the end."""
    return errors.WaitTimeoutError(
        f"Context {which} was deleted, but the API still knows it",
        last_state=last_state,
        timeout=timeout,
        remedy="Run it again later.",
    )


def not_listed(context_id: str, missing: Collection[str], timeout: float) -> errors.WaitTimeoutError:
    """Files that were stored did not show in the listing in time."""
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return errors.WaitTimeoutError(
        f"Context {context_id} does not list {min(missing, default='its files')}{others}",
        last_state=None,
        timeout=timeout,
        remedy="Listings lag: run it again later.",
    )


def transfer_failed(
    doing: str, why: str, *, http_status: int | None = None, may_pass: bool = False, retry_after: float | None = None
) -> errors.TransferError:
    """A presigned upload or download failed.

    Args:
        doing: as in "upload /data/a.txt to context SdkCtx-1".
        why: the reason.
        http_status: as in AGBError, like the rest.
    """
    remedy = (
        _INSECURE_REMEDY if why == reasons.PLAIN_HTTP else "Run it again; what is in place already is not sent twice."
    )
    return errors.TransferError(
        f"Could not {doing}",
        why=why,
        remedy=remedy,
        http_status=http_status,
        may_pass=may_pass,
        retry_after=retry_after,
    )


def context_exists(name: str, context_id: str, age: str, why: str = "") -> errors.ContextExistsError:
    """The name is taken by a context that is not this resource's."""
    return errors.ContextExistsError(
        f"Context '{name}' exists already: {context_id}, {age}",
        why=why,
        remedy="To take it over with the files it holds, set adopt=True; else choose another name, or delete that "
        "context first.",
    )


def file_exists(context_id: str, path: str, why: str) -> errors.ContextFileExistsError:
    """The path is taken by a file that is not this resource's."""
    return errors.ContextFileExistsError(
        f"{path} exists already in context {context_id}",
        why=why,
        remedy="To overwrite it, set overwrite_on_create=True; else choose another path, or delete that file first.",
    )


def two_owners(context_id: str, path: str) -> errors.AGBError:
    """Two resources of one program have one context, or one file of it."""
    what = f"Context {context_id}" if path == "/" else f"{path} in context {context_id}"
    return errors.ContextFileExistsError(
        f"{what} has two owners in this program", remedy="Let one resource have it, and take it out of the other."
    )


def unknown_create(name: str, error: errors.UnreachableError) -> errors.UnreachableError:
    """No answer came to a create: the context may exist."""
    return errors.UnreachableError(
        f"Creating context '{name}' had no usable answer, it may have been made",
        why=error.why,
        request_id=error.request_id,
        http_status=error.http_status,
        remedy="Run `pulumi up` again; if it then exists already and holds nothing of others, set adopt=True.",
    )


def incomplete_create(
    name: str, context_id: str, failure: Exception, kept_because: str
) -> errors.IncompleteCreateError:
    """A create failed, and what it made stays."""
    why = f"{failure.what}: {failure.why}" if isinstance(failure, errors.AGBError) else str(failure)
    return errors.IncompleteCreateError(
        f"Context '{name}' was made as {context_id} but not finished, and it stays: {kept_because}",
        why=why,
        remedy="Look what it holds; then delete it, or set adopt=True and run `pulumi up` again.",
    )


def another_account(context_id: str, request_id: str) -> errors.AnotherAccountError:
    """An account does not know a context that another one made."""
    return errors.AnotherAccountError(
        f"Context {context_id} is not known to this account",
        why="the state was written under another endpoint or API key, so this is no proof that it is gone",
        request_id=request_id,
        remedy="Give the key and endpoint that made it (agbcontext:apiKey or AGB_API_KEY, agbcontext:endpoint or "
        "AGB_ENDPOINT); if that account is no more, `pulumi state delete` forgets the resource.",
    )


def context_gone(context_id: str, request_id: str) -> errors.ContextGoneError:
    """An update met a context that is no more."""
    return errors.ContextGoneError(
        f"Context {context_id} is gone, updating it is not possible",
        why="it was deleted outside this stack",
        request_id=request_id,
        remedy="Run `pulumi up --refresh`: it makes the context anew and seeds it.",
    )


def file_not_listed(context_id: str, path: str) -> errors.NotFoundError:
    """A file is absent from one listing after the other."""
    return errors.NotFoundError(f"{path} is not in context {context_id}")


def no_context_in_answer() -> errors.NotFoundError:
    """A success of the API that holds no context."""
    return errors.NotFoundError("The API answered with no context")


def source_changed(path: str) -> errors.SourceChangedError:
    """A local file is not what `check` saw."""
    return errors.SourceChangedError(
        f"The source of {path} changed while the update was running", remedy="Run the update again; it was not stored."
    )


def source_unreadable(path: str, why: str) -> errors.SourceChangedError:
    """A local file cannot be read."""
    return errors.SourceChangedError(
        f"Cannot read the source of {path}", why=why, remedy="Make it readable and run it again."
    )


def content_unknown(path: str) -> errors.SourceChangedError:
    """A file is to be uploaded of which only a refresh's observation is recorded."""
    return errors.SourceChangedError(
        f"The content of {path} is not known: it changed outside", remedy="Take `files` out of ignore_changes."
    )
