"""How errors of a dynamic provider reach the reader: as their own one line.

The SDK's server words every exception as `traceback.format_exc()`, looked up at call time. For this package's own
errors, whose message says everything, the message alone is given; every other exception passes through unchanged, so
that other dynamic providers in the same process keep their tracebacks.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from typing import Any

from pulumi_agbcontext.errors import (
    AGBError,
    AnotherAccountError,
    AuthenticationError,
    ContextFileExistsError,
    ContextGoneError,
    ContextOwnedElsewhereError,
    MalformedStateError,
    OwnerRecordError,
)
from pulumi_agbcontext.messages import reasons


def shorten_tracebacks() -> None:
    """Let `traceback.format_exc` answer with the message alone while one of our errors is being handled."""
    original = traceback.format_exc
    if getattr(original, "shortened_by_agbcontext", False):
        return

    @functools.wraps(original)
    def format_exc(*arguments: Any, **keywords: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, AGBError) else original(*arguments, **keywords)

    format_exc.shortened_by_agbcontext = True  # type: ignore[attr-defined]  # a mark against wrapping twice
    traceback.format_exc = format_exc


_NOTHING_WAS_CHANGED = (
    AnotherAccountError,
    AuthenticationError,
    ContextFileExistsError,
    ContextGoneError,
    ContextOwnedElsewhereError,
    MalformedStateError,
    OwnerRecordError,
)


def after_a_failed_update(operation: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run an update; if it fails, add what the dynamic SDK makes necessary: it cannot record what was done."""
    try:
        return operation()
    except AGBError as error:
        if not isinstance(error, _NOTHING_WAS_CHANGED):
            error.args = (f"{error} {reasons.NOT_RECORDED}",)
        raise
