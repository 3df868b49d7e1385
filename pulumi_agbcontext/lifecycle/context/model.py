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
        description="Name of the context, unique in its account and region; changed: renamed in place. Absent: "
        "`<logical name>-<7 hex digits>`, the same at every run.",
    )
    region: Annotated[str, AfterValidator(printable_name)] | None = Field(
        None,
        description="Login region of the API. Absent: `agbcontext:region` at creation, else `cn-hangzhou`, and kept "
        "from then on; another one replaces the context. The API reference names no other region than `cn-hangzhou`.",
    )
    clear_triggers: list[Any] | None = Field(
        None,
        repr=False,
        description="Any values; a change replaces the context (its data is gone, the files are seeded anew), or "
        "clears it in place with `clearInPlace`.",
    )
    clear_in_place: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether a change of `clearTriggers` clears the same context through the clear API instead of "
        "replacing it: the id stays.",
    )
    clear_before_delete: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether data is erased through the clear API, and waited for, before every delete, "
        "replacements too.",
    )
    force_destroy: Annotated[bool, Mark.SETTING] = Field(
        True,
        description="Whether the context may be deleted, replaced or cleared in place while it contains files that "
        "this resource did not seed. If false, that is an error; set it to true in an update of its own first.",
    )
    adopt: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether an existing context of that name is taken over: the files named here are written, all "
        "others kept, and destroy deletes it.",
    )
    owner_record: Annotated[bool, Mark.SETTING] = Field(
        True,
        description="Whether the context holds a record of its owner, `/.agbcontext-owner.json`, that is read before "
        "every change, so that no other stack takes the context over. Without it the state alone decides.",
    )
    include_hidden: Annotated[bool | None, Mark.SETTING] = Field(
        None,
        description="Whether directories include hidden files, whose names or directories start with a dot. Absent: "
        "only those that release 0.1 seeded, with a warning.",
    )


class ContextState(ContextInputs, FilesState):
    """Recorded state of a context: its outputs, and a copy of the inputs that read, diff and delete need."""

    name: str = Field(description="Name of the context.")
    region: str | None = Field(None, description="Login region; absent where it is not known (after adoption).")
    generation: int = Field(1, description="Grows by one with every clear in place.")
    created_at: str | None = Field(None, description="When the API says the context was made.")
    owner_id: str | None = Field(
        None,
        description="Random id of this owner, as in the context's owner record; `imported` until the first update.",
    )
    unfinished: bool | None = Field(
        None, alias="__unfinished", description="Whether the create that recorded this state did not end."
    )


def state_of(outputs: Properties) -> ContextState:
    """Parse recorded outputs. Raises MalformedStateError."""
    return recorded_state(ContextState, outputs)


def inputs_of(properties: Properties) -> ContextInputs:
    """Parse checked inputs. Raises MalformedStateError."""
    return recorded_as(ContextInputs, properties)


def claims_in(context_id: str, inputs: Properties) -> Claims:
    """Return the context and the files in checked inputs that a context resource claims, as far as they are known."""
    location = Location(context_id)
    return claims_of(location, [context_id, *(location.id(path) for path in known_paths(inputs))], inputs)
