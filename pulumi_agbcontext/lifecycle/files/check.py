"""Validation of the inputs of a resource with several files, without requests to the Context API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.files.directories import Filters, is_hidden
from pulumi_agbcontext.lifecycle.files.expansion import Expansion, check_files
from pulumi_agbcontext.lifecycle.files.model import FILE_MAPS, FilesInputs
from pulumi_agbcontext.lifecycle.files.patterns import compiled
from pulumi_agbcontext.lifecycle.files.remote import RemoteSources
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.lifecycle.files.sources import recorded
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Failure, Properties, is_unknown, validated
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.redaction import printable

_FILTERS = ("exclude", "includeHidden", "respectGitignore")


def expansion_of(session: Session | None, news: Properties, recorded_sources: Collection[str] = ()) -> Expansion:
    """Return the rules for directories, or the defaults if the rules are unknown or have the wrong type.

    Args:
        session: the session of the provider process; None if the configuration is invalid.
        news: the program's inputs by wire name.
        recorded_sources: sources of the hidden files to keep if the program does not set `includeHidden`.
    """
    exclude, hidden, gitignore = (news.get(key) for key in _FILTERS)
    filters = Filters(
        exclude=[pattern for pattern in exclude if isinstance(pattern, str)] if isinstance(exclude, list) else (),
        include_hidden=hidden is True,
        respect_gitignore=gitignore is True,
    )
    remote = RemoteSources(session.contexts.remote) if session else None
    return Expansion(filters, recorded_sources if hidden is None else (), remote=remote)


def hidden_sources_in(olds: Properties) -> set[str]:
    """Return the sources of the hidden files in the inputs of the last update."""
    maps = [olds.get(key) for key in FILE_MAPS]
    entries = (entry for files in maps if isinstance(files, Mapping) for entry in files.values())
    hidden = (entry for entry in entries if isinstance(entry, str) and is_hidden(entry))
    return {file.source for entry in hidden if (file := recorded(entry))}


def check_inputs(
    model: type[FilesInputs], inputs: Properties, expansion: Expansion
) -> tuple[dict[str, Any], list[Failure]]:
    """Expand directories, compute digests and validate all properties.

    Args:
        model: the model of the inputs.
        inputs: the program's inputs by wire name, with unknown values as `UNKNOWN`.
        expansion: rules for directories; counts the files that they leave out.

    Returns:
        The checked inputs and the failures.
    """
    files, failures = check_files({key: inputs[key] for key in FILE_MAPS if key in inputs}, expansion)
    valid, model_failures = validated(model, {**inputs, **({} if failures else files)})
    if is_unknown([inputs.get(key) for key in _FILTERS]):
        valid |= {key: UNKNOWN for key in FILE_MAPS if key in valid}
    # The model cannot parse files for which failures were already found.
    failures += [failure for failure in model_failures if not (failures and failure.property.startswith(FILE_MAPS))]
    return valid, failures + _bad_patterns(valid.get("ignoreFiles"))


def _bad_patterns(patterns: object) -> list[Failure]:
    try:
        compiled([pattern for pattern in patterns if isinstance(pattern, str)] if isinstance(patterns, list) else [])
    except SourceError as fault:
        return [Failure("ignoreFiles", printable(str(fault)))]
    return []
