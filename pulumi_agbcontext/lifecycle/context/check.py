"""Check a context: validate and normalise what the program gives; no request is sent."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.context.clear_triggers import check_triggers
from pulumi_agbcontext.lifecycle.context.model import FILE_MAPS, ContextInputs
from pulumi_agbcontext.lifecycle.files.expansion import check_files
from pulumi_agbcontext.lifecycle.handlers import Checked
from pulumi_agbcontext.lifecycle.properties import Failure, Properties, validated


def check(olds: Properties, news: Properties, derived_name: object) -> Checked:
    """Validate and normalise inputs; sends no request.

    Args:
        olds: the inputs of the last update, empty at creation and for a replacement.
        news: the program's inputs by wire name, unknown values as `UNKNOWN`.
        derived_name: the name for a context that was given none, or `UNKNOWN`.
    """
    failures: list[Failure] = []
    inputs = {**news, **_named(olds, news, derived_name)}
    if "clearTriggers" in inputs:
        inputs["clearTriggers"] = check_triggers(inputs["clearTriggers"], failures)
    files, file_failures = check_files({key: inputs[key] for key in FILE_MAPS if key in inputs})
    valid, model_failures = validated(ContextInputs, {**inputs, **({} if file_failures else files)})
    return Checked(valid, failures + file_failures + _outside(model_failures, file_failures))


def _named(olds: Properties, news: Properties, derived_name: object) -> dict[str, Any]:
    """An explicit name, else the present one (a name is kept once made), else the derived one."""
    if news.get("name") is not None:
        return {}
    if olds.get("name"):
        return {"name": olds["name"], "autonamed": bool(olds.get("autonamed"))}
    return {"name": derived_name, "autonamed": True}


def _outside(failures: list[Failure], found: list[Failure]) -> list[Failure]:
    """Leave out what the model says of files when the files themselves have been found wrong."""
    return [failure for failure in failures if not (found and failure.property.startswith(FILE_MAPS))]
