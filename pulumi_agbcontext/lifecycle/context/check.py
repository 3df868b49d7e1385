"""Check of a context: validation and normalisation of the inputs. Sends no requests."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.context.clear_triggers import check_triggers
from pulumi_agbcontext.lifecycle.context.model import FILE_MAPS, ContextInputs
from pulumi_agbcontext.lifecycle.files.expansion import check_files
from pulumi_agbcontext.lifecycle.handlers import Checked
from pulumi_agbcontext.lifecycle.properties import Failure, Properties, validated


def check(olds: Properties, news: Properties, derived_name: object) -> Checked:
    """Validate and normalise the inputs of a context. Sends no requests.

    Args:
        olds: the inputs of the last update; empty for a create and for a replacement.
        news: the program's inputs by wire name, with unknown values as `UNKNOWN`.
        derived_name: the name to use if the program sets none; may be `UNKNOWN`.

    Returns:
        The checked inputs and the failures.
    """
    failures: list[Failure] = []
    inputs = {**news, **_named(olds, news, derived_name)}
    if "clearTriggers" in inputs:
        inputs["clearTriggers"] = check_triggers(inputs["clearTriggers"], failures)
    files, file_failures = check_files({key: inputs[key] for key in FILE_MAPS if key in inputs})
    valid, model_failures = validated(ContextInputs, {**inputs, **({} if file_failures else files)})
    return Checked(valid, failures + file_failures + _outside(model_failures, file_failures))


def _named(olds: Properties, news: Properties, derived_name: object) -> dict[str, Any]:
    """Return the name to add to the inputs: the previous name if there is one, otherwise the derived name."""
    if news.get("name") is not None:
        return {}
    if olds.get("name"):
        return {"name": olds["name"], "autonamed": bool(olds.get("autonamed"))}
    return {"name": derived_name, "autonamed": True}


def _outside(failures: list[Failure], found: list[Failure]) -> list[Failure]:
    """Drop the model's failures for files if the files already have failures of their own."""
    return [failure for failure in failures if not (found and failure.property.startswith(FILE_MAPS))]
