"""The engine's unknown values and the lifecycle's, each in the other's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.sdk_internals import ENGINE_UNKNOWN, EngineUnknown


def from_engine(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a resource: keys that begin with `__` left out, unknown values as the lifecycle's."""
    return {key: _convert(value) for key, value in properties.items() if not key.startswith("__")}


def _convert(value: Any) -> Any:
    if isinstance(value, str):  # by far the most
        return value
    if isinstance(value, EngineUnknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _convert(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_convert(item) for item in value]
    return value


def to_engine(value: Any) -> Any:
    """Give back what the lifecycle made: unknown values in the form that the SDK sends as unknown."""
    if isinstance(value, str):
        return value
    if value is UNKNOWN:
        return ENGINE_UNKNOWN
    if isinstance(value, Mapping):
        return {key: to_engine(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_engine(item) for item in value]
    return value
