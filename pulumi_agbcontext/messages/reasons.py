"""The reasons that messages give, where nobody else has words for them."""

from __future__ import annotations

NOT_A_URL = "it is not a usable http or https URL"
LINK_LOCAL = "its address is link-local, where machines keep credentials"
PLAIN_HTTP = "plain http would show the key and the data to everybody on the way"
INSECURE_REMEDY = "Use https, or set agbcontext:allowInsecure if the way there is trusted."
OUT_OF_TIME = "no whole answer came in time"
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
