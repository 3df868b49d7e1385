"""Invokes: the look-ups of the lifecycle, by token."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.inputs import Failure, Properties
from pulumi_agbcontext.lifecycle.lookups import LOOKUPS, FileUrl, checked
from pulumi_agbcontext.plugin.values import Secret

PREFIX = "agbcontext:index:"


def call(session: Session, token: str, arguments: Properties) -> tuple[dict[str, Any], list[Failure]]:
    """Call a function.

    Args:
        session: whose account is asked.
        token: of the function, as in the schema.
        arguments: plain values by wire name.

    Returns:
        The results by wire name, presigned URLs marked secret; and the faults of the arguments.

    Raises:
        AGBError: the API could not be asked, or said no.
    """
    lookup = LOOKUPS[token.removeprefix(PREFIX)]
    given, failures = checked(lookup, arguments)
    if failures:
        return {}, failures
    answer = lookup.ask(session.contexts, session.region, lookup.arguments.model_validate(given))
    results = answer.model_dump(by_alias=True)
    return {**results, "url": Secret(results["url"])} if isinstance(answer, FileUrl) else results, []
