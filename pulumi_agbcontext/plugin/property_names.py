"""Spelling of property names in messages for languages other than Python."""

from __future__ import annotations

import re

from pydantic.alias_generators import to_camel

from pulumi_agbcontext.lifecycle.context.model import ContextInputs
from pulumi_agbcontext.lifecycle.context_directory.model import ContextDirectoryInputs
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileInputs

_QUOTED = re.compile(r"`([a-z0-9_]+)(=True|=False)?`")
_OPTIONS = {"ignore_changes", "retain_on_delete", "delete_before_replace", "depends_on"}
_PROPERTIES = {
    *ContextInputs.model_fields,
    *ContextDirectoryInputs.model_fields,
    *ContextFileInputs.model_fields,
    *_OPTIONS,
}


def spelled(message: str) -> str:
    """Convert the property names in backticks in a message to the spelling of languages other than Python.

    Args:
        message: message with names such as `clear_timeout` and `adopt=True`.

    Returns:
        The message with `clearTimeout` and `adopt: true`. Words that are not property names are unchanged.
    """
    return _QUOTED.sub(_spelled, message)


def _spelled(quoted: re.Match[str]) -> str:
    name, value = quoted.groups()
    if name not in _PROPERTIES:
        return quoted[0]
    return f"`{to_camel(name)}{value.lower().replace('=', ': ') if value else ''}`"
