"""Causes in messages for which neither the API nor the operating system provides a text."""

from __future__ import annotations

NOT_A_URL = "it is not a usable http or https URL"
LINK_LOCAL = "its address is link-local or that of a cloud metadata service"
PLAIN_HTTP = "plain http would show the key and the data to everybody on the way"
INSECURE_REMEDY = "Use https, or set agbcontext:allowInsecure if the way there is trusted."
ANSWERED_EARLY = "the server answered before it had received the whole request"
OUT_OF_TIME = "no whole answer came in time"
NO_TLS = "it does not speak https; where plain http is meant, write http://"
UNKNOWN_HOST = "the host name cannot be resolved"
TOO_LARGE = "the answer is larger than any this API gives"
NOT_AN_ANSWER = "the answer is not one of the Context API"
ANOTHER_CONTEXT = "the answer is about another context"
ENDLESS_PAGES = "the API hands out the same page again and again"
TOO_MANY_PAGES = "the listing has more than 2,000 pages"
LISTING_TOO_SLOW = "the listing did not end in time"
URL_REFUSED = "the object store refused the presigned URL, also a fresh one"
STORE_REFUSED = "the object store refused"


def broken_connection(reason: str) -> str:
    """The connection could not be established or was interrupted."""
    return f"the connection failed, {reason[:1].lower()}{reason[1:]}"


def bad_certificate(reason: str) -> str:
    """The server's TLS certificate could not be verified."""
    return f"its TLS certificate was not accepted, {reason}"


RECORD_MALFORMED = "it is not a record of this format"
RECORD_TOO_LARGE = "it is larger than 1 KiB"
RECORD_TOO_NEW = "it was written by a newer version of this provider"
EMPTY_WITHOUT_OWNER = "it is empty and no owner is recorded"
WITHOUT_OWNER = "it holds files and no owner is recorded"
EMPTY = "it is empty"
HOLDS_FILES = "it holds files"
ANOTHER_RESOURCE = "another resource of this program has it"
STILL_HELD = "a resource of this stack still holds it"
RECORD_NOT_RESTORED = "The owner record that it had could not be restored."
RECORD_VANISHED = "its owner record vanished while this program was writing it"
ANOTHER_PROGRAM = "another program created it at the same moment"
SOMEBODY_ELSE = "somebody else has put it there"
MAY_BE_ERASED = "Its files may be erased already: run the same again, or, to keep it, `pulumi up --refresh`."
CANCELLED = "It was cancelled."
NOT_RECORDED = (
    "What was done before is not recorded: the same program goes on from it at the next `pulumi up`; "
    "after a change back, run `pulumi up --refresh`. That tells files of one size apart only where `drift_check` is "
    "'content'."
)


def foreign_file(path: str) -> str:
    """A failed create is not rolled back, because this could delete data of another owner."""
    return f"it holds files that this create is not known to have stored ({path})"


def taken_by(owner: str) -> str:
    """A failed create is not rolled back, because the context now belongs to another owner."""
    return f"it now belongs to {owner}"


def undo_failed(subject: str, cause: str) -> str:
    """A failed create is not rolled back, because the rollback failed too."""
    return f"undoing it failed as well: {subject}: {cause}"


def custom_timeout(seconds: float) -> str:
    """The operation exceeded the resource's custom timeout (`customTimeouts`)."""
    return f"It was ended by the resource's custom time-out of {seconds:g} s."
