"""Check of a context: validation and normalisation of the inputs. Sends no requests."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_agbcontext.lifecycle.context.clear_triggers import check_triggers
from pulumi_agbcontext.lifecycle.context.model import FILE_MAPS, ContextInputs
from pulumi_agbcontext.lifecycle.files.directories import Filters
from pulumi_agbcontext.lifecycle.files.expansion import Expansion, check_files
from pulumi_agbcontext.lifecycle.files.sources import recorded
from pulumi_agbcontext.lifecycle.handlers import Checked
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Failure, Properties, is_unknown, validated

_FILTERS = ("exclude", "includeHidden", "respectGitignore")


def check(olds: Properties, news: Properties, derived_name: object) -> Checked:
    """Validate and normalise the inputs of a context. Sends no requests.

    Args:
        olds: the inputs of the last update; empty for a create.
        news: the program's inputs by wire name, with unknown values as `UNKNOWN`.
        derived_name: the name to use if the program sets none; may be `UNKNOWN`.

    Returns:
        The checked inputs and the failures.
    """
    failures: list[Failure] = []
    inputs = {**news, **({} if news.get("name") is not None else {"name": olds.get("name") or derived_name})}
    expansion = _expansion(olds, news)
    if "clearTriggers" in inputs:
        old = olds.get("clearTriggers")
        inputs["clearTriggers"] = check_triggers(inputs["clearTriggers"], failures, expansion.filters, old)
    files, file_failures = check_files({key: inputs[key] for key in FILE_MAPS if key in inputs}, expansion)
    valid, model_failures = validated(ContextInputs, {**inputs, **({} if file_failures else files)})
    if is_unknown([news.get(key) for key in _FILTERS]):
        valid |= {key: UNKNOWN for key in FILE_MAPS if key in valid}
    failures += file_failures + _outside(model_failures, file_failures)
    return Checked(valid, failures, left_out=expansion.left_out, kept_hidden=tuple(expansion.kept_hidden))


def _expansion(olds: Properties, news: Properties) -> Expansion:
    """Return the rules for directories. If they are unknown or have the wrong type, the defaults."""
    exclude, hidden, gitignore = (news.get(key) for key in _FILTERS)
    filters = Filters(
        exclude=[pattern for pattern in exclude if isinstance(pattern, str)] if isinstance(exclude, list) else (),
        include_hidden=hidden is True,
        respect_gitignore=gitignore is True,
    )
    return Expansion(filters, _recorded_sources(olds) if hidden is None else ())


def _recorded_sources(olds: Properties) -> set[str]:
    maps = [olds.get(key) for key in FILE_MAPS]
    entries = (entry for files in maps if isinstance(files, Mapping) for entry in files.values())
    return {file.source for entry in entries if isinstance(entry, str) and (file := recorded(entry))}


def _outside(failures: list[Failure], found: list[Failure]) -> list[Failure]:
    """Drop the model's failures for files if the files already have failures of their own."""
    return [failure for failure in failures if not (found and failure.property.startswith(FILE_MAPS))]
