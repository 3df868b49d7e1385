"""What went wrong with a call to the API, with waiting for it, or with a transfer."""

from __future__ import annotations

from collections.abc import Collection

from pulumi_agbcontext import errors
from pulumi_agbcontext.messages import causes


def unreachable(
    action: str,
    cause: str,
    *,
    endpoint: str,
    code: str = "",
    request_id: str = "",
    http_status: int | None = None,
    retryable: bool = True,
    retry_after: float | None = None,
) -> errors.UnreachableError:
    """No usable answer came to an API call.

    Args:
        action: what the call was for, as in "get context 'demo'".
        endpoint: base URL of the API; the rest as in AGBError.
    """
    waiting = f" in {retry_after:.0f} s" if retry_after else ""
    remedy = f"Check that {endpoint} is right and up, and run it again{waiting}."
    return errors.UnreachableError(
        f"Could not {action}",
        cause=cause,
        remedy=remedy,
        code=code,
        request_id=request_id,
        http_status=http_status,
        retryable=retryable,
        retry_after=retry_after,
    )


def throttled(
    action: str,
    cause: str,
    *,
    code: str = "",
    request_id: str = "",
    http_status: int | None = None,
    retry_after: float | None = None,
) -> errors.ThrottledError:
    """The API or the object store asked for fewer requests, until the deadline of the call.

    Args:
        action: as in "get context 'demo'"; the rest as in AGBError.
    """
    waiting = f" in {retry_after:.0f} s" if retry_after else " later"
    return errors.ThrottledError(
        f"Could not {action}",
        cause=cause or "too many requests",
        remedy=f"Run `pulumi up` again{waiting}, or lower agbcontext:parallelUploads.",
        code=code,
        request_id=request_id,
        http_status=http_status,
        retryable=True,
        retry_after=retry_after,
    )


def no_such_context(name: str) -> errors.NotFoundError:
    """The API answered a look-up by name with nothing."""
    return not_found(f"get context '{name}'", "", code="", request_id="", http_status=200)


def no_such_file(context_id: str, path: str) -> errors.NotFoundError:
    """The object store holds nothing under a path."""
    return not_found(f"read {path} of context {context_id}", "", code="", request_id="", http_status=404)


def key_refused(action: str, cause: str, *, code: str, request_id: str, http_status: int) -> errors.AuthenticationError:
    """The API refused the key."""
    return errors.AuthenticationError(
        f"Could not {action}: the API refused the key",
        cause=cause,
        remedy="Check agbcontext:apiKey in the stack's configuration, or AGB_API_KEY.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def not_found(action: str, cause: str, *, code: str, request_id: str, http_status: int) -> errors.NotFoundError:
    """The API knows no such context or file."""
    return errors.NotFoundError(
        f"Could not {action}",
        cause=cause or "there is none",
        remedy="Check the id or name, the region and the account.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def rejected(action: str, cause: str, *, code: str, request_id: str, http_status: int) -> errors.RequestRejectedError:
    """The API said no for any other reason."""
    return errors.RequestRejectedError(
        f"Could not {action}",
        cause=cause or "the API refused it without a reason",
        remedy="Correct what the API objects to; its support asks for the request id.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def no_context_in_answer() -> errors.NotFoundError:
    """A success of the API that holds no context."""
    return errors.NotFoundError("The API answered with no context")


def not_ready(context_id: str, last_state: str | None, timeout: float) -> errors.WaitTimeoutError:
    """A context did not become usable in time."""
    return errors.WaitTimeoutError(
        f"Context {context_id} did not become usable",
        last_state=last_state,
        timeout=timeout,
        remedy="Run it again when the context is available, or raise `clear_timeout`.",
    )


def not_cleared(context_id: str, last_state: str | None, timeout: float) -> errors.ClearanceTimeoutError:
    """A clear did not end in time; it may still do so."""
    return errors.ClearanceTimeoutError(
        f"The clear of context {context_id} was not done",
        last_state=last_state,
        timeout=timeout,
        remedy="It may still be running: run it again later, or raise `clear_timeout`.",
    )


def not_deleted(which: str, last_state: str | None, timeout: float) -> errors.WaitTimeoutError:
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


def file_too_large(action: str, limit: int) -> errors.FileTooLargeError:
    """A file is larger than what may be read of it.

    Args:
        action: as in "read /data/a.txt of context SdkCtx-1".
        limit: maximum size in bytes.
    """
    return errors.FileTooLargeError(
        f"Could not {action}", cause=f"it is larger than {limit:,} bytes", remedy="Download it with a presigned URL."
    )


def transfer_failed(
    action: str,
    cause: str,
    *,
    http_status: int | None = None,
    retryable: bool = False,
    retry_after: float | None = None,
) -> errors.TransferError:
    """A presigned upload or download failed.

    Args:
        action: as in "upload /data/a.txt to context SdkCtx-1".
        cause: the reason.
        http_status: as in AGBError, like the rest.
    """
    again = "Run it again."
    remedy = causes.INSECURE_REMEDY if cause == causes.PLAIN_HTTP else again
    return errors.TransferError(
        f"Could not {action}",
        cause=cause,
        remedy=remedy,
        http_status=http_status,
        retryable=retryable,
        retry_after=retry_after,
    )
