"""Properties of a context: names, types, defaults and descriptions.

`schema.json` and the tables in the documentation are generated from these models.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.model import FilesInputs, FilesState, known_paths
from pulumi_agbcontext.lifecycle.files.unmanaged import claims_of
from pulumi_agbcontext.lifecycle.properties import Mark, Properties, printable_name, recorded_as, recorded_state
from pulumi_agbcontext.lifecycle.provider.claims import Claims


class ContextInputs(FilesInputs):
    """Inputs of a context."""

    name: Annotated[str, AfterValidator(printable_name)] | None = Field(
        None,
        description="Name of the context, unique in its account and region. A change renames the context in place. "
        "Defaults to `<logical name>-<7 hex digits>`, which is the same on every run.",
    )
    region: Annotated[str, AfterValidator(printable_name)] | None = Field(
        None,
        description="Login region of the API. A change replaces the context. Defaults to the value of "
        "`agbcontext:region` when the context is created, or `cn-hangzhou` if that is not set. Later changes to the "
        "setting have no effect. `cn-hangzhou` is the only region in the API reference.",
    )
    clear_triggers: list[Any] | None = Field(
        None,
        repr=False,
        description="Arbitrary values. A change replaces the context: its data is deleted, and the files are seeded "
        "again. With `clearInPlace`, a change clears the context in place instead.",
    )
    clear_in_place: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether a change to `clearTriggers` clears the context in place through the clear API instead of "
        "replacing it. The context keeps its ID.",
    )
    clear_before_delete: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether to clear the context through the clear API, and wait for the clear to finish, before "
        "every delete, including those in a replacement.",
    )
    force_destroy: Annotated[bool, Mark.SETTING] = Field(
        True,
        description="Whether the context may be deleted, replaced or cleared in place while it contains files that "
        "this resource did not seed. If false, such an operation is an error. To allow it, first set this property to "
        "true in a separate update.",
    )
    adopt: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether to adopt an existing context with the same name. The declared files are uploaded, all "
        "other files are kept, and destroy deletes the context.",
    )
    owner_record: Annotated[bool, Mark.SETTING] = Field(
        True,
        description="Whether to store an owner record, `/.agbcontext-owner.json`, in the context. The record is read "
        "before every change, so that no other stack takes over the context. Without it, only the state determines "
        "the owner.",
    )
    include_hidden: Annotated[bool | None, Mark.SETTING] = Field(
        None,
        description="Whether directories include hidden files: files and directories whose names start with a dot. By "
        "default, only the hidden files that release 0.1 seeded are kept, with a warning.",
    )


class ContextState(ContextInputs, FilesState):
    """Recorded state of a context: its outputs, and a copy of the inputs that read, diff and delete need."""

    name: str = Field(description="Name of the context.")
    region: str | None = Field(None, description="Login region. Absent if unknown, for example after an adoption.")
    generation: int = Field(1, description="Number that starts at 1 and increases by one with every clear in place.")
    created_at: str | None = Field(None, description="Creation time of the context, in the API's format.")
    owner_id: str | None = Field(
        None,
        description="Random ID of this owner, as stored in the owner record. For an imported context, `imported` until "
        "the first update.",
    )
    unfinished: bool | None = Field(
        None, alias="__unfinished", description="Whether the create that recorded this state did not finish."
    )


def state_of(outputs: Properties) -> ContextState:
    """Parse recorded outputs, or raise MalformedStateError."""
    return recorded_state(ContextState, outputs)


def inputs_of(properties: Properties) -> ContextInputs:
    """Parse checked inputs, or raise MalformedStateError."""
    return recorded_as(ContextInputs, properties)


def claims_in(context_id: str, inputs: Properties) -> Claims:
    """Return the context and the files that checked inputs claim. Paths that are still unknown are omitted."""
    location = Location(context_id)
    return claims_of(location, [context_id, *(location.id(path) for path in known_paths(inputs))], inputs)
