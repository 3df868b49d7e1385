"""Classification of the HTTP statuses and error codes of the API and of object stores."""

from __future__ import annotations

import re
from enum import Enum

from pulumi_agbcontext.client.http.failures import NoAnswerError

_TRANSIENT_STATUSES = frozenset({408, 500, 502, 503, 504})
_THROTTLED_CODE = re.compile(r"throttl|toomanyrequests|flowcontrol|slowdown$")
_TRANSIENT_CODE = re.compile(r"internal(server)?error|serviceunavailable")
# A failure with HTTP 200 can only be classified by its code.
_TRANSIENT_CODE_OF_200 = re.compile(r"internal(server)?error|unavailable|busy$")
_REFUSED_KEY_CODE = re.compile(r"unauth|authenti|authoriz|forbidden|denied|apikey|accesskey|signature|permission")
# Resources are removed from the state because of this code, so only `Context.NotFound` (in any spelling) counts.
_ABSENT_CODE = "contextnotfound"


class FailureKind(Enum):
    """Category of a failure, which determines how the caller reacts."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"
    REFUSED_KEY = "refused key"
    ABSENT = "absent"
    REJECTED = "rejected"


def classify(status: int | None, code: str = "", exception: NoAnswerError | None = None) -> FailureKind:
    """Return the category of a failure.

    Args:
        status: HTTP status, or None if there was no response.
        code: the API's error code, in any spelling; empty if there is none.
        exception: the failure of the exchange if there was no response.
    """
    if exception is not None:
        return FailureKind.TRANSIENT if exception.retryable else FailureKind.REJECTED
    plain = re.sub(r"[^a-z]", "", code.lower())
    if status == 429 or _THROTTLED_CODE.match(plain):
        return FailureKind.THROTTLED
    if status in _TRANSIENT_STATUSES or _TRANSIENT_CODE.match(plain):
        return FailureKind.TRANSIENT
    if status == 200 and _TRANSIENT_CODE_OF_200.search(plain):
        return FailureKind.TRANSIENT
    if status in (401, 403) or _REFUSED_KEY_CODE.search(plain):
        return FailureKind.REFUSED_KEY
    return FailureKind.ABSENT if plain == _ABSENT_CODE else FailureKind.REJECTED
