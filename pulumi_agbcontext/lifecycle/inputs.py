"""The properties of a context: the one place that names, types, defaults and describes them.

Keys are camelCase on the wire and in the state, in both adapters. `schema.json` and the documentation derive from
these models. Unknown values (a preview's) never reach pydantic: they are set aside before and put back after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle.paths import shown
from pulumi_agbcontext.messages import inputs as wrong

LONGEST_NAME = 255  # the API documents no limit; file systems and the local server stop here


class Unknown(Enum):
    """A value that only the update will know."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Properties: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """A fault of the program's input; its text names the property.

    Adapters tell the engine this text, and no property beside it: beside a property the engine prints its value, though
    it be a secret or the content of a file.

    Attributes:
        property: path of the property as on the wire, for example `files["/a.txt"]`.
        reason: what is wrong with it and what to write instead.
    """

    property: str
    reason: str

    def __str__(self) -> str:
        return f"{self.property}: {self.reason}"


def printable_name(value: str) -> str:
    if value != value.strip() or not value:
        raise ValueError(wrong.BLANK_NAME)
    if len(value) > LONGEST_NAME:
        raise ValueError(wrong.name_too_long(len(value), LONGEST_NAME))
    if not all(c.isprintable() or c == "\u200d" for c in value):
        raise ValueError(wrong.CONTROL_CHARACTERS_IN_NAME)
    return value


class Model(BaseModel):
    # Values may be secrets: errors show none, and fields that hold content are not in `repr`.
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    def on_wire(self) -> dict[str, Any]:
        """Give the properties with camelCase keys; what is absent stays absent (a null inside a value is kept)."""
        return {key: value for key, value in self.model_dump(by_alias=True).items() if value is not None}


M = TypeVar("M", bound=Model)


class ContextInputs(Model):
    """What a program says of a context."""

    name: Annotated[str, AfterValidator(printable_name)] | None = Field(
        None,
        description="Name of the context, unique in its account and region; changed: renamed in place. Absent: "
        "`<logical name>-<7 hex digits>`, the same at every run.",
    )
    region: Annotated[str, AfterValidator(printable_name)] | None = Field(
        None,
        description="Login region of the API. Absent: `agbcontext:region` at creation, else `cn-hangzhou`, and kept "
        "from then on; another one replaces the context.",
    )
    files: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Files to seed: path in the context to content (asset, folder, text, bytes). Only changed files "
        "are uploaded, files taken out are deleted, files of others are never touched.",
    )
    secret_files: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="The same as `files`, secret as a whole: contents and digests are stored encrypted.",
    )
    clear_triggers: list[Any] | None = Field(
        None,
        repr=False,
        description="Any values; a change replaces the context (its data is gone, the files are seeded anew), or "
        "clears it in place with `clearInPlace`.",
    )
    clear_in_place: bool = Field(
        False,
        description="Whether a change of `clearTriggers` clears the same context through the clear API instead of "
        "replacing it: the id stays.",
    )
    clear_before_delete: bool = Field(
        False,
        description="Whether data is erased through the clear API, and waited for, before every delete, "
        "replacements too.",
    )
    clear_timeout: float = Field(
        60.0, gt=0, le=86_400, description="Seconds to wait until a clear has ended and a context is usable or gone."
    )
    clear_poll_interval: float = Field(
        2.0, gt=0, le=3_600, description="Longest pause between two looks while waiting, in seconds."
    )
    adopt: bool = Field(
        False,
        description="Whether an existing context of that name is taken over: the files named here are written, all "
        "others kept, and destroy deletes it.",
    )
    drift_check: Literal["size", "content", "none"] = Field(
        "size",
        description="What refresh compares of the seeded files: presence and `size`, `content` too (downloads and "
        "hashes them), or `none`.",
    )
    owner_record: bool = Field(
        True,
        description="Whether the context holds a record of its owner, `/.agbcontext-owner.json`, that is read before "
        "every change, so that no other stack takes the context over. Without it the state alone decides.",
    )
    overwrite_files: bool = Field(
        False,
        description="Whether a file that is new to `files` and exists already is overwritten; otherwise it is an "
        "error, unless it has the same content.",
    )
    autonamed: bool = Field(False, description="Whether the name was derived, not given. Set by check.")

    @property
    def seeded(self) -> dict[str, str]:
        """All seeded files, secret ones too."""
        return {**self.files, **self.secret_files}


class ContextState(ContextInputs):
    """What is recorded of a context: its outputs, and a mirror of the inputs that read, diff and delete need."""

    name: str = Field(description="Name of the context.")
    region: str | None = Field(None, description="Login region; absent where it is not known (after adoption).")
    file_count: int = Field(0, description="Number of seeded files.")
    size: int = Field(0, description="Bytes seeded.")
    generation: int = Field(1, description="Grows by one with every clear in place.")
    created_at: str | None = Field(None, description="When the API says the context was made.")
    account: str = Field("", description="One-way fingerprint of endpoint and key that made the context.")
    owner_id: str | None = Field(
        None,
        description="Random id of this owner, as in the context's owner record; `imported` until the first update.",
    )
    unfinished: bool | None = Field(
        None, alias="__unfinished", description="Whether the create that recorded this state did not end."
    )


def state_of(outputs: Properties) -> ContextState:
    """Read recorded outputs, also those of another release: what they lack has its default, strangers are dropped.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    known = _wire_names(ContextState)
    return recorded_as(ContextState, {key: outputs[key] for key in known if outputs.get(key) is not None})


def inputs_of(properties: Properties) -> ContextInputs:
    """Read the inputs of an operation, which check has normalised.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    return recorded_as(ContextInputs, properties)


def recorded_as(model: type[M], properties: Properties) -> M:
    """Read properties that are no longer the program's to correct.

    Raises:
        MalformedStateError: a property is missing, unknown to the model or of the wrong type; no value is shown.
    """
    try:
        return model.model_validate(properties)
    except ValidationError as error:
        faults = [_fault_of_state(fault) for fault in error.errors()]
    raise messages.malformed_state(faults)


def refuse_malformed(model: type[Model], properties: Properties) -> None:
    """Raise an error where what is known of some checked inputs does not have the types of a model.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    known = {key: properties[key] for key in _wire_names(model) if properties.get(key) is not None}
    try:
        model.model_validate({key: value for key, value in known.items() if not is_unknown(value)})
        return
    except ValidationError as error:
        faults = [_fault_of_state(fault) for fault in error.errors() if fault["type"] != "missing"]
    if faults:
        raise messages.malformed_state(faults)


def is_unknown(value: object) -> bool:
    """Tell whether a value is unknown, or holds something unknown at any depth."""
    if isinstance(value, Mapping):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(is_unknown(item) for item in value)
    return value is UNKNOWN


def validated(model: type[Model], given: Properties) -> tuple[dict[str, Any], list[Failure]]:
    """Validate what is known of some inputs.

    Args:
        model: the model that owns the properties.
        given: inputs by wire name, unknown values among them.

    Returns:
        The inputs in their own types, by wire name, without what is absent; and the faults, each with its property.
    """
    known = {key: value for key, value in given.items() if not is_unknown(value) and value is not None}
    aside = {key: value for key, value in given.items() if is_unknown(value)}
    strangers = [Failure(key, _stranger(model, key)) for key in aside if key not in _wire_names(model)]
    try:
        valid = model.model_validate(known).model_dump(by_alias=True, exclude_unset=True)
        return {**valid, **aside}, strangers
    except ValidationError as error:
        faults = [fault for fault in error.errors() if not (fault["type"] == "missing" and fault["loc"][0] in aside)]
        return {**known, **aside}, strangers + [_failure(model, fault) for fault in faults]


def _failure(model: type[Model], fault: Any) -> Failure:
    path = _path(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return Failure(path, _stranger(model, path))
    if fault["type"] in wrong.WANTED:
        return Failure(path, wrong.wrong_type(wrong.WANTED[fault["type"]], fault["input"]))
    return Failure(path, fault["msg"].removeprefix("Value error, "))


def _fault_of_state(fault: Any) -> str:
    """Word a fault without the value, which may be a secret."""
    kind, path = fault["type"], _path(fault["loc"])
    if kind == "missing":
        return f"{path} is missing"
    if kind == "extra_forbidden":
        return f"{path} is not a property of this resource"
    if kind in wrong.WANTED:
        return f"{path} {wrong.wrong_type(wrong.WANTED[kind], fault['input'])}"
    if kind == "literal_error":
        return f"{path} must be {fault['ctx']['expected']}"
    return f"{path} is not valid"


def _path(location: tuple[str | int, ...]) -> str:
    first, *rest = location
    return shown(str(first)) + "".join(f'["{shown(part)}"]' if isinstance(part, str) else f"[{part}]" for part in rest)


def _stranger(model: type[Model], key: str) -> str:
    return wrong.no_such_property(_wire_names(model) - {"autonamed"})


def _wire_names(model: type[Model]) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values()}
