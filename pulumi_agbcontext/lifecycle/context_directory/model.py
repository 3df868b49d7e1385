"""Properties of a directory in a context: names, types, defaults and descriptions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.model import FilesInputs, FilesState, known_paths
from pulumi_agbcontext.lifecycle.files.paths import ROOT, path_fault
from pulumi_agbcontext.lifecycle.files.unmanaged import claims_of
from pulumi_agbcontext.lifecycle.properties import (
    Properties,
    can_be_context_id,
    printable_name,
    recorded_as,
    recorded_state,
)
from pulumi_agbcontext.lifecycle.provider.claims import Claims
from pulumi_agbcontext.redaction import printable


def _canonical_directory(value: str) -> str:
    if value != ROOT and (fault := path_fault(value)):
        raise ValueError(fault)
    return value


class CheckedDirectory(FilesInputs):
    """Inputs of a directory after check."""

    context_id: Annotated[str, AfterValidator(printable_name)] = Field(
        description="ID of the context that contains the directory. A change replaces the directory."
    )
    context_generation: int | None = Field(
        None,
        ge=0,
        description="Generation of the context (output `generation`). A change uploads all files again, because a "
        "clear in place erases them.",
    )
    path: Annotated[str, AfterValidator(_canonical_directory)] = Field(
        description="Canonical path of the directory in the context, for example `/data`, or `/` for the whole "
        "context. A change replaces the directory."
    )


class ContextDirectoryInputs(CheckedDirectory):
    """Inputs of a directory."""

    source: str | None = Field(
        None,
        repr=False,
        description="Path of a local directory, relative to the program's working directory. Its files are seeded as "
        "if `files` contained the directory at `/`.",
    )


class ContextDirectoryState(CheckedDirectory, FilesState):
    """Recorded state of a directory: its outputs, and a copy of the inputs that read, diff and delete need."""

    context_id: str = Field("", description="ID of the context.")
    context_generation: int | None = Field(None, description="Generation of the context at the last upload.")
    path: str = Field("", description="Path of the directory in the context.")


def state_of(outputs: Properties) -> ContextDirectoryState:
    """Parse recorded outputs, or raise MalformedStateError."""
    return recorded_state(ContextDirectoryState, outputs)


def inputs_of(properties: Properties) -> CheckedDirectory:
    """Parse checked inputs, or raise MalformedStateError."""
    return recorded_as(CheckedDirectory, properties)


def location_of(directory: CheckedDirectory) -> Location:
    """Return where the files of a directory are stored."""
    return Location(directory.context_id, directory.path)


def directory_id(location: Location) -> str:
    """Return the id of a directory: `<context id>/<path without its leading slash>/`."""
    return location.id("/")


def parsed_id(resource_id: str) -> Location:
    """Parse the id of a directory and return its location.

    Raises:
        InvalidIdError: the id does not have the form of `directory_id`.
    """
    context_id, _, below = resource_id.partition("/")
    directory = f"/{below}".rstrip("/") or ROOT
    well_formed = resource_id == Location(context_id, directory).id("/")
    if not well_formed or not can_be_context_id(context_id) or (directory != ROOT and path_fault(directory)):
        raise messages.invalid_directory_id(printable(resource_id))
    return Location(context_id, directory)


def claims_in(inputs: Properties) -> Claims | None:
    """Return the directory and the files that checked inputs claim, or None if the context or path is unknown."""
    context_id, path = inputs.get("contextId"), inputs.get("path")
    if not isinstance(context_id, str) or not isinstance(path, str):
        return None
    location = Location(context_id, path)
    # The directory is claimed as a file too, because a path cannot be both.
    ids = [location.id("/"), *([] if path == ROOT else [f"{context_id}{path}"])]
    return claims_of(location, [*ids, *(location.id(key) for key in known_paths(inputs))], inputs)
