"""Text from other sources, quoted in a message."""

from __future__ import annotations

from pulumi_agbcontext.errors import AGBError, WaitTimeoutError

_BRACKETS = str.maketrans("()", "[]")


def in_parentheses(text: str) -> str:
    """Return text in parentheses. Parentheses in the text become brackets."""
    return f"({text.translate(_BRACKETS)})"


def clause_of(failure: Exception) -> str:
    """Return the summary and the cause of a failure as one clause, without the remedy."""
    if not isinstance(failure, AGBError):
        return str(failure)
    summary = failure.summary[:1].lower() + failure.summary[1:]
    link = ", and" if isinstance(failure, WaitTimeoutError) else " because"
    return f"{summary}{link} {failure.cause}" if failure.cause else summary


def query_fault(name: str, reason: str) -> str:
    """Return the clause for an invalid property of a query."""
    return f"`{name}` {reason}" if reason.startswith("must ") else f"`{name}` is invalid {in_parentheses(reason)}"
