"""The reasons that messages give, where nobody else has words for them."""

from __future__ import annotations

NOT_A_URL = "it is not a usable http or https URL"
LINK_LOCAL = "its address is link-local, where machines keep credentials"
PLAIN_HTTP = "plain http would show the key and the data to everybody on the way"
INSECURE_REMEDY = "Use https, or set agbcontext:allowInsecure if the way there is trusted."
OUT_OF_TIME = "no whole answer came in time"
NO_TLS = "it does not speak https; where plain http is meant, write http://"
UNKNOWN_HOST = "the host name cannot be resolved"
TOO_LARGE = "the answer is larger than any this API gives"
NOT_AN_ANSWER = "the answer is not one of the Context API"
ENDLESS_PAGES = "the API hands out the same page again and again"
URL_REFUSED = "the object store refused the presigned URL, also a fresh one"
STORE_REFUSED = "the object store refused"
TOO_LONG = "the file is longer than expected"


def broken_connection(reason: str) -> str:
    """The reason when a connection could not be made or did not last."""
    return f"the connection failed, {reason[:1].lower()}{reason[1:]}"


def bad_certificate(reason: str) -> str:
    """The reason when the other side could not prove who it is."""
    return f"its TLS certificate was not accepted, {reason}"


ANOTHER_RESOURCE = "another resource of this program has it"
ANOTHER_OR_RETAINED = "another resource of this program has it, or keeps it by `retain_on_delete`"
STILL_TO_BE_DELETED = "it is what the engine is to replace, and would delete only after this create"
ANOTHER_PROGRAM = "another program made it in the same moment and has put files there"
SOMEBODY_ELSE = "somebody else has put it there"
MAY_BE_ERASED = "Its files may be erased already: run the same again, or, to keep it, `pulumi up --refresh`."
CANCELLED = "It was cancelled."
NOT_RECORDED = (
    "What was done before is not recorded: the same program goes on from it at the next `pulumi up`; "
    "after a change back, run `pulumi up --refresh`. That tells files of one size apart only where `drift_check` is "
    "'content'."
)


def foreign_file(path: str) -> str:
    """The reason why a failed create is not undone: somebody's data would go with it."""
    return f"it holds files that this create did not put there ({path})."


def undo_failed(what: str, why: str) -> str:
    """The reason why a failed create is not undone: that failed, too."""
    return f"undoing it failed as well: {what}: {why}"


def custom_timeout(seconds: float) -> str:
    """The reason when the engine's own time limit for a resource ended an operation."""
    return f"It was ended by the resource's custom time-out of {seconds:g} s."
