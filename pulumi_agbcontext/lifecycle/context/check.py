"""Check operation for contexts: validates and normalizes the inputs without calling the Context API."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context.clear_triggers import check_triggers
from pulumi_agbcontext.lifecycle.context.model import ContextInputs
from pulumi_agbcontext.lifecycle.files.check import check_inputs, expansion_of, hidden_sources_in
from pulumi_agbcontext.lifecycle.handlers import Checked
from pulumi_agbcontext.lifecycle.properties import Failure, Properties
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import inputs as invalid


def check(olds: Properties, news: Properties, default_name: object, session: Session | None = None) -> Checked:
    """Validate and normalize the inputs of a context without sending requests to the Context API.

    Args:
        olds: the inputs of the last update; empty for a create.
        news: the program's inputs by wire name, with unknown values as `UNKNOWN`.
        default_name: the name to use if neither the program nor the last update sets one; may be `UNKNOWN`. None if the
            program must set it.
        session: the session of the provider process, which downloads remote assets; None if the configuration is
            invalid.

    Returns:
        The checked inputs and the failures.
    """
    failures: list[Failure] = []
    inputs = {**news, **({} if news.get("name") is not None else {"name": olds.get("name") or default_name})}
    if inputs["name"] is None:
        failures.append(Failure("name", invalid.NO_DERIVED_NAME))
    expansion = expansion_of(session, news, hidden_sources_in(olds))  # keeps the hidden files that release 0.1 seeded
    if "clearTriggers" in inputs:
        old = olds.get("clearTriggers")
        inputs["clearTriggers"] = check_triggers(inputs["clearTriggers"], failures, expansion, old)
    valid, more_failures = check_inputs(ContextInputs, inputs, expansion)
    failures += more_failures
    return Checked(valid, failures, left_out=expansion.left_out, kept_hidden=tuple(expansion.kept_hidden))
