"""Property values in memory, and their conversion to and from the provider protocol.

A value is plain Python (None, bool, int, float, str, list, dict) with two additions: `Secret` around a value, and
`UNKNOWN` for values that are unknown during a preview. Assets and archives remain signed maps, as in the protocol. On
the wire, properties are a protobuf `Struct`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf import struct_pb2

Value: TypeAlias = Any
Properties: TypeAlias = dict[str, Value]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the marker of a secret in the protocol, not a secret
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """Value that is unknown before the update."""

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """Value that is never displayed and that is encrypted in the state."""

    value: Value

    def __repr__(self) -> str:
        return "[secret]"


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """Convert properties from the protocol."""
    return {key: from_protobuf(value) for key, value in struct.fields.items()}


def from_protobuf(value: struct_pb2.Value) -> Value:
    """Convert a value from the protocol."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET_SIGNATURE:
            return Secret(from_protobuf(fields["value"]))
        return from_struct(value.struct_value)
    if kind == "list_value":
        return [from_protobuf(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
    if kind == "number_value":
        return whole_number(value.number_value)
    return value.bool_value if kind == "bool_value" else None


def whole_number(number: float) -> int | float:
    """Return a whole number as an int. The protocol transmits only floats, but state files contain 2, not 2.0."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def to_struct(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Convert properties to the protocol, with secrets marked."""
    return struct_pb2.Struct(fields={key: to_protobuf(value) for key, value in properties.items()})


def to_protobuf(value: Value) -> struct_pb2.Value:
    """Convert a value to the protocol, with secrets marked."""
    if isinstance(value, Secret):
        return to_protobuf({SIGNATURE: SECRET_SIGNATURE, "value": value.value})
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(value))
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[to_protobuf(item) for item in value]))
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    return struct_pb2.Value(string_value=value)


def reveal(value: Value) -> Value:
    """Return a value with secrets in plaintext, for comparisons and for providers that do not support secrets."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, Secret):
        yield value
        yield from _leaves(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def has_secret(value: Value) -> bool:
    """Return whether a value contains a secret at any depth."""
    return any(isinstance(leaf, Secret) for leaf in _leaves(value))


def has_unknown(value: Value) -> bool:
    """Return whether a value contains an unknown value at any depth."""
    return any(isinstance(leaf, Unknown) for leaf in _leaves(value))


def keep_secrets(returned: Properties, sent: Mapping[str, Value]) -> Properties:
    """Return the properties that a provider returned, marked as secret where the request had secrets.

    Maps are compared key by key. A list that contained a secret becomes secret as a whole, because the provider may
    have moved its items.

    Args:
        returned: properties that the provider returned.
        sent: properties that the provider received.
    """
    return {key: _keep_secret(value, sent.get(key)) for key, value in returned.items()}


def _keep_secret(returned: Value, sent: Value) -> Value:
    if isinstance(returned, dict) and isinstance(sent, Mapping):
        return keep_secrets(returned, sent)
    if has_secret(sent) and not isinstance(returned, Secret):
        return Secret(returned)
    return returned


def mark_secret(properties: Properties, keys: list[str]) -> Properties:
    """Return the properties with the given keys marked as secrets, for `additional_secret_outputs`."""
    return {
        key: Secret(value) if key in keys and not isinstance(value, Secret) else value
        for key, value in properties.items()
    }
