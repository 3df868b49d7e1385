"""What stopped an operation on a resource."""

from __future__ import annotations

from pulumi_agbcontext import errors
from pulumi_agbcontext.messages import reasons


def context_exists(name: str, context_id: str, age: str, why: str = "") -> errors.ContextExistsError:
    """The name is taken by a context that is not this resource's."""
    return errors.ContextExistsError(
        f"Context '{name}' exists already: {context_id}, {age}",
        why=why,
        remedy="To take it over with the files it holds, set `adopt=True` (destroy deletes it then, too); else choose "
        "another name, or delete that context first.",
    )


def context_to_be_replaced(name: str, context_id: str, age: str) -> errors.ContextExistsError:
    """The name is still that of the resource's predecessor."""
    what = f"Context '{name}' exists already: {context_id}, {age}"
    return errors.ContextExistsError(what, why=reasons.STILL_TO_BE_DELETED, remedy=_replacing_first("that context"))


def file_to_be_replaced(context_id: str, path: str) -> errors.ContextFileExistsError:
    """The path is still that of the resource's predecessor."""
    what = f"{path} exists already in context {context_id}"
    return errors.ContextFileExistsError(what, why=reasons.STILL_TO_BE_DELETED, remedy=_replacing_first("that file"))


def _replacing_first(what: str) -> str:
    return (
        f"Set the resource's option `delete_before_replace`. Where it is set, an earlier `pulumi up` was cut short "
        f"after its delete: delete {what} yourself, then run `pulumi up` again."
    )


def file_exists(context_id: str, path: str, why: str) -> errors.ContextFileExistsError:
    """The path is taken by a file that is not this resource's."""
    return errors.ContextFileExistsError(
        f"{path} exists already in context {context_id}",
        why=why,
        remedy="To overwrite it, set `overwrite_on_create=True`; else choose another path, or delete that file first.",
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
        remedy="Run `pulumi up` again; if it then exists already and holds nothing of others, set `adopt=True`.",
    )


def incomplete_create(
    name: str, context_id: str, failure: Exception, kept_because: str
) -> errors.IncompleteCreateError:
    """A create failed, and what it made stays."""
    why = f"{failure.what}: {failure.why}" if isinstance(failure, errors.AGBError) else str(failure)
    return errors.IncompleteCreateError(
        f"Context '{name}' was made as {context_id} but not finished, and it stays: {kept_because}",
        why=why,
        remedy="Look what it holds; then delete it, or set `adopt=True` and run `pulumi up` again.",
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


def source_changed(path: str) -> errors.SourceChangedError:
    """A local file is not what `check` saw."""
    return errors.SourceChangedError(
        f"The source of {path} changed while the update was running", remedy="Run the update again; it was not stored."
    )


def source_unreadable(path: str, why: str) -> errors.SourceChangedError:
    """A local file cannot be read."""
    return errors.SourceChangedError(
        f"Cannot read the source of {path}", why=why, remedy="Put it back or make it readable, and run it again."
    )


def content_unknown(path: str) -> errors.SourceChangedError:
    """A file is to be uploaded of which only a refresh's observation is recorded."""
    return errors.SourceChangedError(
        f"The content of {path} is not known: it changed outside", remedy="Take `files` out of `ignore_changes`."
    )


def too_large_to_import(context_id: str, path: str, size: int, limit: int) -> errors.TransferError:
    """A file cannot become the content of a program.

    Args:
        context_id: of the context.
        path: absolute within it.
        size: bytes that the file has.
        limit: bytes that it may have.
    """
    return errors.TransferError(
        f"Cannot import {path} of context {context_id}",
        why=f"it has {size:,} bytes, and a program can hold {limit:,} as its content",
        remedy="Declare it with `source` and `overwrite_on_create=True` instead.",
    )
