"""Causes in messages for which neither the API nor the operating system provides a text."""

from __future__ import annotations

from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.messages.quoted import clause_of, in_parentheses

NOT_A_URL = "it is not a valid http or https URL"
LINK_LOCAL = "its address is link-local or belongs to a cloud metadata service"
PLAIN_HTTP = "plain http would expose the key and the data on the network"
INSECURE_REMEDY = "Use https, or set agbcontext:allowInsecure if the network is trusted."
ANSWERED_EARLY = "the server responded before it received the whole request"
OUT_OF_TIME = "no complete response was received before the timeout"
NO_TLS = "the server does not support https; for plain http, use an http:// URL"
UNKNOWN_HOST = "the host name cannot be resolved"
TOO_LARGE = "the response is larger than any valid Context API response"
NOT_AN_ANSWER = "the response does not come from a Context API"
ANOTHER_CONTEXT = "the response describes another context"
ENDLESS_PAGES = "the API returns the same page repeatedly"
TOO_MANY_PAGES = "the listing has more than 2,000 pages"
LISTING_TOO_SLOW = "the listing did not end before the timeout"
INCOMPLETE = "the response ended before the end of the file"
URL_REFUSED = "the object store rejected the presigned URL and its replacement"
TOO_MANY_REDIRECTS = "it redirects more than five times"
REDIRECT_TO_HTTP = "it redirects to a URL that does not use https"
SERVER_REFUSED = "the server rejected the request"
STORE_REFUSED = "the object store rejected the request"


def broken_connection(reason: str) -> str:
    """The connection could not be established or was interrupted."""
    return f"the connection failed {in_parentheses(reason)}"


def bad_certificate(reason: str) -> str:
    """The server's TLS certificate could not be verified."""
    return f"the server's TLS certificate is not trusted {in_parentheses(reason)}"


RECORD_MALFORMED = "it is malformed"
RECORD_TOO_LARGE = "it is larger than 1 KiB"
RECORD_TOO_NEW = "it was written by a newer version of this provider"
EMPTY_WITHOUT_OWNER = "it is empty and has no owner record"
WITHOUT_OWNER = "it contains files and has no owner record"
EMPTY = "it is empty"
HOLDS_FILES = "it contains files"
STILL_HELD = "this resource still manages it, and its replacement is created before it is deleted"
RECORD_NOT_RESTORED = "Its previous owner record could not be restored."
RECORD_VANISHED = "its owner record was deleted while this program was writing it"
ANOTHER_PROGRAM = "another program created it at the same time"
ANOTHER_WRITER = "this resource did not upload it"
MAY_BE_ERASED = (
    "Its files may already have been erased. Run the same command again to delete it, or `pulumi up --refresh` to keep "
    "it."
)
CANCELLED = "the operation was cancelled. Run `pulumi up` to continue."
NOT_RECORDED = (
    "The changes made so far are not recorded. Run `pulumi up` to continue with the same program, or "
    "`pulumi up --refresh` if you revert the program. A refresh detects changes that leave a file's size "
    "unchanged only if `drift_check` is 'content'."
)


def foreign_file(path: str) -> str:
    """The failed create was not rolled back because doing so could delete another owner's data."""
    return f"it contains files that this create did not upload, such as {path}"


def taken_by(owner: str) -> str:
    """The failed create was not rolled back because the context now belongs to another owner."""
    return f"it now belongs to {owner}"


def undo_failed(deletion: AGBError) -> str:
    """The create failed, and so did the rollback."""
    return f"deleting it also failed {in_parentheses(clause_of(deletion))}"


def custom_timeout(seconds: float) -> str:
    """The operation exceeded the resource's custom timeout (`customTimeouts`)."""
    return f"the resource's custom timeout of {seconds:g} s expired. Increase it, then run `pulumi up` again."
