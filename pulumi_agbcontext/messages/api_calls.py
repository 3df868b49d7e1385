"""Errors of API calls, waits and transfers."""

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
    """An API call received no usable response.

    Args:
        action: purpose of the call, for example "get context 'demo'".
        cause: cause of the failure.
        endpoint: base URL of the API. The other arguments are those of AGBError.
    """
    waiting = f" in {retry_after:.0f} s" if retry_after else ""
    remedy = f"Check the endpoint {endpoint} and that the service is running, then run `pulumi up` again{waiting}."
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
    """The API or the object store throttled the call until its deadline passed.

    Args:
        action: purpose of the call, for example "get context 'demo'". The other arguments are those of AGBError.
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
    """No context has the requested name."""
    return not_found(f"get context '{name}'", "", code="", request_id="", http_status=200)


def no_such_file(context_id: str, path: str) -> errors.NotFoundError:
    """The context has no file at that path."""
    return errors.NotFoundError(
        f"Could not read {path} from context {context_id}",
        cause="the file does not exist",
        remedy="Check the path. It must be absolute, for example /data/report.txt.",
    )


def key_refused(action: str, cause: str, *, code: str, request_id: str, http_status: int) -> errors.AuthenticationError:
    """The API rejected the key."""
    return errors.AuthenticationError(
        f"Could not {action} because the API rejected the key",
        cause=cause,
        remedy="Check agbcontext:apiKey in the stack's configuration, or AGB_API_KEY.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def not_found(action: str, cause: str, *, code: str, request_id: str, http_status: int) -> errors.NotFoundError:
    """The context or file does not exist, or belongs to another account or region."""
    return errors.NotFoundError(
        f"Could not {action}",
        cause=cause or "it does not exist",
        remedy="Check the id or name, the region and the account.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def rejected(action: str, cause: str, *, code: str, request_id: str, http_status: int) -> errors.RequestRejectedError:
    """The API rejected the request for another reason."""
    return errors.RequestRejectedError(
        f"Could not {action}",
        cause=cause or "the API rejected the request without giving a reason",
        remedy="Fix the cause that the API reports, or contact AGB support with the request id.",
        code=code,
        request_id=request_id,
        http_status=http_status,
    )


def no_context_in_answer() -> errors.NotFoundError:
    """The API reported success but returned no context."""
    return errors.NotFoundError("The API returned no context")


def not_ready(context_id: str, last_state: str | None, timeout: float) -> errors.WaitTimeoutError:
    """The context did not become available within the timeout."""
    return errors.WaitTimeoutError(
        f"Timed out after {timeout:g} s waiting for context {context_id} to become available",
        last_state=last_state,
        timeout=timeout,
        remedy="Run `pulumi up` again when it is available, or increase `clear_timeout`.",
    )


def still_in_use(context_id: str, last_state: str | None, timeout: float) -> errors.WaitTimeoutError:
    """A session was still using the context when the timeout expired."""
    return errors.WaitTimeoutError(
        f"Timed out after {timeout:g} s waiting for sessions to release context {context_id}",
        last_state=last_state,
        timeout=timeout,
        remedy="Try again after the session has ended, or increase `clear_timeout`.",
    )


def not_cleared(context_id: str, last_state: str | None, timeout: float) -> errors.ClearanceTimeoutError:
    """The clear did not finish within the timeout."""
    return errors.ClearanceTimeoutError(
        f"Timed out after {timeout:g} s waiting for context {context_id} to be cleared",
        last_state=last_state,
        timeout=timeout,
        remedy="The clear may still be running. Run `pulumi up` again later, or increase `clear_timeout`.",
    )


def not_deleted(which: str, last_state: str | None, timeout: float) -> errors.WaitTimeoutError:
    """The context still existed when the timeout expired."""
    return errors.WaitTimeoutError(
        f"Timed out after {timeout:g} s waiting for context {which} to be deleted",
        last_state=last_state,
        timeout=timeout,
        remedy="Run the command again later.",
    )


def not_listed(context_id: str, missing: Collection[str], timeout: float) -> errors.WaitTimeoutError:
    """The uploaded files did not appear in the listing within the timeout."""
    files = min(missing, default="its files") + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
    return errors.WaitTimeoutError(
        f"Timed out after {timeout:g} s waiting for {files} to appear in the listing of context {context_id}",
        last_state=None,
        timeout=timeout,
        remedy="The listing may lag. Run `pulumi up` again later.",
    )


def file_too_large(action: str, limit: int) -> errors.FileTooLargeError:
    """The file exceeds the maximum size for this operation.

    Args:
        action: the operation, for example "read /data/a.txt from context SdkCtx-1".
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
        action: the transfer, for example "upload /data/a.txt to context SdkCtx-1".
        cause: cause of the failure.
        http_status: status of the response. The other arguments are those of AGBError.
    """
    remedy = causes.INSECURE_REMEDY if cause == causes.PLAIN_HTTP else "Run `pulumi up` again."
    return errors.TransferError(
        f"Could not {action}",
        cause=cause,
        remedy=remedy,
        http_status=http_status,
        retryable=retryable,
        retry_after=retry_after,
    )
