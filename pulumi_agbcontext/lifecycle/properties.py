"""Unknown values of properties, and validation of inputs and recorded outputs with pydantic models.

Keys are camelCase on the wire and in the state, in both adapters. Unknown values of a preview are removed before the
validation and added again afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_agbcontext import messages
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import printable

LONGEST_NAME = 255  # the API documents no limit; this is the limit of file systems and of the local server


class Unknown(Enum):
    """Sentinel for a value that is not known before the update."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Properties: TypeAlias = Mapping[str, Any]
ChangeKind: TypeAlias = Literal["add", "update", "delete", "replace"]


@dataclass(frozen=True)
class Failure:
    """An invalid input, with the name of its property in the message.

    Adapters pass only the message to the engine, not the property. If the engine receives a property, it prints the
    value, which may be a secret or the content of a file.

    Attributes:
        property: path of the property on the wire, for example `files["/a.txt"]`.
        reason: the cause and the remedy.
    """

    property: str
    reason: str

    def __str__(self) -> str:
        return f"{self.property}: {self.reason}"


class Mark(Enum):
    """Marks of a model's fields, stored as metadata of their types."""

    SECRET = "secret"  # noqa: S105  # the name of the mark
    """The value is encrypted in the state and never displayed."""
    SETTING = "setting"
    """The value controls how operations run. Changes to settings alone are recorded without requests."""


@dataclass(frozen=True)
class Choices:
    """Permitted values of a property, stored as metadata of its type.

    Attributes:
        name: name of the type in the schema.
        meaning: what the value decides, as a clause.
        values: map from each value to its meaning, as a clause.
    """

    name: str
    meaning: str
    values: Mapping[str, str]

    @property
    def described(self) -> str:
        """Return the meaning of the property and of each value."""
        *others, last = (f"`{value}` ({meaning})" for value, meaning in self.values.items())
        return f"{self.meaning}: {', '.join(others)} or {last}."


def marked(model: type[BaseModel], mark: Mark) -> list[str]:
    """Return the wire names of the fields that have a mark."""
    return [str(field.alias) for field in model.model_fields.values() if mark in field.metadata]


def printable_name(value: str) -> str:
    """Return a name or id after validating it.

    Raises:
        ValueError: the value is blank, has surrounding whitespace, is too long or contains unprintable characters.
    """
    if value != value.strip() or not value:
        raise ValueError(invalid.BLANK_NAME)
    if len(value) > LONGEST_NAME:
        raise ValueError(invalid.name_too_long(len(value), LONGEST_NAME))
    if not all(c.isprintable() or c == "\u200d" for c in value):
        raise ValueError(invalid.CONTROL_CHARACTERS_IN_NAME)
    return value


def can_be_context_id(value: str) -> bool:
    """Return whether a value can be the id of a context. The API does not document the form of ids."""
    return re.fullmatch(r"[\w.-]+", value, re.ASCII) is not None


class Model(BaseModel):
    # Values may be secrets, so errors omit them, and fields with content are excluded from `repr`.
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    def on_wire(self) -> dict[str, Any]:
        """Return the properties with camelCase keys. Absent properties are omitted; nulls inside values are kept."""
        return {key: value for key, value in self.model_dump(by_alias=True).items() if value is not None}


M = TypeVar("M", bound=Model)


def recorded_as(model: type[M], properties: Properties) -> M:
    """Parse checked inputs or recorded outputs, which the program cannot correct.

    Raises:
        MalformedStateError: a property is missing, unknown to the model or of the wrong type. The message contains no
            values.
    """
    try:
        return model.model_validate(properties)
    except ValidationError as error:
        faults = [_fault_of_state(fault) for fault in error.errors()]
    raise messages.malformed_state(faults)


def recorded_state(model: type[M], outputs: Properties) -> M:
    """Parse outputs recorded by any release. Missing properties get their defaults, and unknown properties are dropped.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    return recorded_as(model, {key: outputs[key] for key in wire_names(model) if outputs.get(key) is not None})


def refuse_malformed(model: type[Model], properties: Properties) -> None:
    """Raise an error if the known values of checked inputs do not have the types of a model.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    known = {key: properties[key] for key in wire_names(model) if properties.get(key) is not None}
    try:
        model.model_validate({key: value for key, value in known.items() if not is_unknown(value)})
        return
    except ValidationError as error:
        faults = [_fault_of_state(fault) for fault in error.errors() if fault["type"] != "missing"]
    if faults:
        raise messages.malformed_state(faults)


def is_unknown(value: object) -> bool:
    """Return whether a value is unknown or contains an unknown value at any depth."""
    if isinstance(value, str):  # the most frequent case
        return False
    if isinstance(value, Mapping):
        return any(map(is_unknown, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(is_unknown, value))
    return value is UNKNOWN


def validated(model: type[Model], given: Properties) -> tuple[dict[str, Any], list[Failure]]:
    """Validate the known values of inputs.

    Args:
        model: the model that defines the properties.
        given: inputs by wire name, which may contain unknown values.

    Returns:
        The inputs by wire name, converted to the types of the model and without absent properties, and the failures.
    """
    unknown = {key: value for key, value in given.items() if is_unknown(value)}
    known = {key: value for key, value in given.items() if key not in unknown and value is not None}
    strangers = [Failure(key, _stranger(model, key)) for key in unknown if key not in wire_names(model)]
    try:
        valid = model.model_validate(known).model_dump(by_alias=True, exclude_unset=True)
        return {**valid, **unknown}, strangers
    except ValidationError as error:
        faults = [fault for fault in error.errors() if not (fault["type"] == "missing" and fault["loc"][0] in unknown)]
        return {**known, **unknown}, strangers + [_failure(model, fault) for fault in faults]


def _failure(model: type[Model], fault: Any) -> Failure:
    path = _path(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return Failure(path, _stranger(model, path))
    if fault["type"] in invalid.WANTED:
        return Failure(path, invalid.wrong_type(invalid.WANTED[fault["type"]], fault["input"]))
    if fault["type"] in invalid.LIMITS:
        return Failure(path, invalid.beyond_limit(fault["type"], fault.get("ctx", {})))
    return Failure(path, fault["msg"].removeprefix("Value error, "))


def _fault_of_state(fault: Any) -> str:
    """Return the message for a fault, without the value, which may be a secret."""
    kind, path = fault["type"], _path(fault["loc"])
    if kind == "missing":
        return f"{path} is missing"
    if kind == "extra_forbidden":
        return f"{path} is not a property of this resource"
    if kind in invalid.WANTED:
        return f"{path} {invalid.wrong_type(invalid.WANTED[kind], fault['input'])}"
    if kind == "literal_error":
        return f"{path} must be {fault['ctx']['expected']}"
    return f"{path} is not valid"


def _path(location: tuple[str | int, ...]) -> str:
    first, *rest = location
    return printable(str(first)) + "".join(
        f'["{printable(part)}"]' if isinstance(part, str) else f"[{part}]" for part in rest
    )


def _stranger(model: type[Model], key: str) -> str:
    return invalid.no_such_property(wire_names(model))


def wire_names(model: type[Model]) -> set[str]:
    """Return the wire names of a model's properties."""
    return {str(field.alias) for field in model.model_fields.values()}
