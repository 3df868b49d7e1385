"""Properties of a context: names, types, defaults and descriptions.

`schema.json` and the tables in the documentation are generated from these models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from pulumi_agbcontext.lifecycle.properties import (
    Mark,
    Model,
    Properties,
    marked,
    printable_name,
    recorded_as,
    wire_names,
)

FILE_MAPS = ("files", "secretFiles")


class ContextInputs(Model):
    """Inputs of a context."""

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
    secret_files: Annotated[dict[str, str], Mark.SECRET] = Field(
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
    clear_timeout: Annotated[float, Mark.SETTING] = Field(
        60.0, gt=0, le=86_400, description="Seconds to wait until a clear has ended and a context is usable or gone."
    )
    clear_poll_interval: Annotated[float, Mark.SETTING] = Field(
        2.0, gt=0, le=3_600, description="Longest pause between two looks while waiting, in seconds."
    )
    adopt: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether an existing context of that name is taken over: the files named here are written, all "
        "others kept, and destroy deletes it.",
    )
    drift_check: Annotated[Literal["size", "content", "none"], Mark.SETTING] = Field(
        "size",
        description="What refresh compares of the seeded files: presence and `size`, `content` too (downloads and "
        "hashes them), or `none`.",
    )
    owner_record: Annotated[bool, Mark.SETTING] = Field(
        True,
        description="Whether the context holds a record of its owner, `/.agbcontext-owner.json`, that is read before "
        "every change, so that no other stack takes the context over. Without it the state alone decides.",
    )
    overwrite_files: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether a file that is new to `files` and exists already is overwritten; otherwise it is an "
        "error, unless it has the same content.",
    )
    exclude: Annotated[list[str], Mark.SETTING] = Field(
        default_factory=list,
        description="Gitignore patterns. Files in directories that match one of them are left out.",
    )
    include_hidden: Annotated[bool | None, Mark.SETTING] = Field(
        None,
        description="Whether directories include hidden files, whose names or directories start with a dot. Absent: "
        "only those that release 0.1 seeded, with a warning.",
    )
    respect_gitignore: Annotated[bool, Mark.SETTING] = Field(
        False, description="Whether `.gitignore` files in directories apply."
    )

    @property
    def seeded(self) -> dict[str, str]:
        """Return all seeded files, including the secret ones."""
        return {**self.files, **self.secret_files}


SETTINGS = marked(ContextInputs, Mark.SETTING)


class ContextState(ContextInputs):
    """Recorded state of a context: its outputs, and a copy of the inputs that read, diff and delete need."""

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
    """Parse recorded outputs of any release. Missing properties get their defaults and unknown ones are dropped.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    known = wire_names(ContextState)
    return recorded_as(ContextState, {key: outputs[key] for key in known if outputs.get(key) is not None})


def inputs_of(properties: Properties) -> ContextInputs:
    """Parse checked inputs.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    return recorded_as(ContextInputs, properties)


def known_paths(inputs: Properties) -> list[str]:
    """Return the file paths of checked inputs, as far as they are known in a preview."""
    maps = (inputs.get(key) for key in FILE_MAPS)
    return [path for files in maps if isinstance(files, Mapping) for path in files]


def known_ids(context_id: str, inputs: Properties) -> list[str]:
    """Return the ids of a context and of the files in checked inputs, as far as they are known in a preview."""
    return [context_id, *(f"{context_id}{path}" for path in known_paths(inputs))]
