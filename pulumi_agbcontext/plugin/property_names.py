"""Spelling of the names of properties and functions in messages for languages other than Python."""

from __future__ import annotations

import re

from pydantic.alias_generators import to_camel, to_snake

from pulumi_agbcontext.lifecycle.context.model import ContextInputs
from pulumi_agbcontext.lifecycle.context_directory.model import ContextDirectoryInputs
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileInputs
from pulumi_agbcontext.lifecycle.data_sources import DATA_SOURCES

_QUOTED = re.compile(r"`([a-z0-9_]+)(=True|=False)?`")
_FUNCTIONS = {to_snake(name) for name in DATA_SOURCES}
_ARGUMENTS = {name for source in DATA_SOURCES.values() for name in source.arguments.model_fields}
_OPTIONS = {"ignore_changes", "retain_on_delete", "delete_before_replace", "depends_on"}
_NAMES = {
    *ContextInputs.model_fields,
    *ContextDirectoryInputs.model_fields,
    *ContextFileInputs.model_fields,
    *_FUNCTIONS,
    *_ARGUMENTS,
    *_OPTIONS,
}


def spelled(message: str) -> str:
    """Convert the names of properties and functions in backticks to the spelling of languages other than Python.

    Args:
        message: message with names such as `clear_timeout` and `adopt=True`.

    Returns:
        The message with `clearTimeout` and `adopt: true`. Other words are unchanged.
    """
    return _QUOTED.sub(_spelled, message)


def _spelled(quoted: re.Match[str]) -> str:
    name, value = quoted.groups()
    if name not in _NAMES:
        return quoted[0]
    return f"`{to_camel(name)}{value.lower().replace('=', ': ') if value else ''}`"
