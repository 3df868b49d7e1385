"""Property values in the provider protocol, and their conversion to and from Python values.

A value is plain Python (None, bool, int, float, str, list, dict) with three additions: `Secret` for a secret value,
`Asset` for assets and archives, and `UNKNOWN` for values that are unknown during a preview.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.protobuf import struct_pb2

from pulumi_agbcontext.lifecycle.files.source_kinds import SourceKind
from pulumi_agbcontext.lifecycle.files.sources import relative_path
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.sdk_internals import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_TEXT,
)

Properties: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in the state and never displays."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Asset:
    """An asset or archive.

    Attributes:
        source: a source string, or a nested map of source strings for an archive of assets.
    """

    source: Any = field(repr=False)


def secret(value: Any) -> Secret:
    """Return the value as a secret. A secret is returned unchanged."""
    return value if isinstance(value, Secret) else Secret(value)


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Convert properties from the engine to Python values, without keys that start with `__`."""
    return {key: _from_protobuf(value) for key, value in struct.fields.items() if not key.startswith("__")}


def _from_protobuf(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _from_fields(dict(value.struct_value.fields))
    if kind == "list_value":
        return [_from_protobuf(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
    if kind == "number_value":
        return _number(value.number_value)
    return value.bool_value if kind == "bool_value" else None


def _from_fields(fields: dict[str, struct_pb2.Value]) -> Any:
    signature = fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""
    if signature == SECRET_SIGNATURE:
        return Secret(_from_protobuf(fields["value"]))
    if signature == OUTPUT_SIGNATURE:
        value = _from_protobuf(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(value) if "secret" in fields and fields["secret"].bool_value else value
    if signature in (ASSET_SIGNATURE, ARCHIVE_SIGNATURE):
        return _asset(
            {key: _from_protobuf(value) for key, value in fields.items()}, archive=signature == ARCHIVE_SIGNATURE
        )
    return {key: _from_protobuf(value) for key, value in fields.items()}


def _asset(given: dict[str, Any], *, archive: bool) -> Asset | Secret:
    if given.get("path"):
        return Asset((SourceKind.DIRECTORY if archive else SourceKind.FILE).of(relative_path(given["path"])))
    if given.get("uri"):
        return Asset((SourceKind.REMOTE_ARCHIVE if archive else SourceKind.REMOTE).of(given["uri"]))
    if archive:
        below = given.get("assets") or {}
        whole = Asset({key: item.source for key, item in reveal(below).items()})
        return Secret(whole) if has_secret(below) else whole
    return Asset(SourceKind.TEXT.of(given.get("text") or ""))


def _number(number: float) -> int | float:
    """Return a whole number as an int. The protocol transmits only floats."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def to_struct(properties: Properties) -> struct_pb2.Struct:
    """Convert Python values to properties for the engine."""
    return struct_pb2.Struct(fields={key: _to_protobuf(value) for key, value in properties.items()})


def _to_protobuf(value: Any) -> struct_pb2.Value:
    if isinstance(value, Secret):
        return _to_protobuf({SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value})
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(value))
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_protobuf(item) for item in value]))
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=value)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    return struct_pb2.Value(string_value=value)


def reveal(value: Any) -> Any:
    """Return a value with all secrets in plaintext, as the lifecycle expects it."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def keep_secrets(answer: Properties, *asked: Properties) -> dict[str, Any]:
    """Mark each value of a response as a secret if the request has a secret with the same name.

    Maps are compared key by key. A list that contained a secret becomes a secret as a whole, because its items may have
    moved. The same applies to a map whose secret key is missing in the response, because a directory was expanded.

    Args:
        answer: plain values of the response.
        asked: inputs or recorded outputs, with secrets marked. A secret in any of them marks the value.
    """
    kept = dict(answer)
    for properties in asked:
        kept = {key: _keep_secret(value, properties.get(key)) for key, value in kept.items()}
    return kept


def _keep_secret(answer: Any, asked: Any) -> Any:
    if isinstance(answer, Secret):  # already marked
        return answer
    renamed = isinstance(asked, Mapping) and any(has_secret(asked[key]) for key in asked if key not in (answer or {}))
    if isinstance(answer, dict) and isinstance(asked, Mapping) and not renamed:
        return keep_secrets(answer, asked)
    return Secret(answer) if has_secret(asked) else answer


def has_secret(value: Any) -> bool:
    """Return whether a value contains a secret at any depth."""
    if isinstance(value, Mapping):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret)
