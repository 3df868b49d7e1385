"""Calls to data sources, by token."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.data_sources import DATA_SOURCES, checked, secrets_of
from pulumi_agbcontext.lifecycle.properties import Failure, Properties
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.plugin.values import Secret

PREFIX = "agbcontext:index:"


def call(session: Session, token: str, arguments: Properties) -> tuple[dict[str, Any], list[Failure]]:
    """Call a data source.

    Args:
        session: the session of the provider process.
        token: token of the function in the schema.
        arguments: plain values by wire name.

    Returns:
        The results by wire name, with secrets marked, and the failures of the arguments.

    Raises:
        AGBError: the API call failed.
    """
    source = DATA_SOURCES[token.removeprefix(PREFIX)]
    given, failures = checked(source, arguments)
    if failures:
        return {}, failures
    choice = source.arguments.model_validate(given)
    answer = source.read(session.contexts, session.region, choice)
    results = answer.model_dump(by_alias=True)
    return {**results, **{key: Secret(results[key]) for key in secrets_of(answer, choice)}}, []
