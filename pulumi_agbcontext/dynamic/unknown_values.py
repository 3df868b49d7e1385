"""Conversion of unknown values between the engine and the lifecycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.sdk_internals import ENGINE_UNKNOWN, EngineUnknown


def from_engine(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties with unknown values as `UNKNOWN`, and without keys that start with `__`."""
    return {key: _convert(value) for key, value in properties.items() if not key.startswith("__")}


def _convert(value: Any) -> Any:
    if isinstance(value, str):  # the most frequent case
        return value
    if isinstance(value, EngineUnknown):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _convert(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_convert(item) for item in value]
    return value


def to_engine(value: Any) -> Any:
    """Return a value of the lifecycle with `UNKNOWN` replaced by the value that the SDK sends as unknown."""
    if isinstance(value, str):
        return value
    if value is UNKNOWN:
        return ENGINE_UNKNOWN
    if isinstance(value, Mapping):
        return {key: to_engine(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_engine(item) for item in value]
    return value
