"""Properties of a single file in a context: names, types, defaults and descriptions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle.files.model import WaitSettings
from pulumi_agbcontext.lifecycle.files.paths import path_fault
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceKind
from pulumi_agbcontext.lifecycle.properties import Mark, Properties, can_be_context_id, printable_name, recorded_state
from pulumi_agbcontext.lifecycle.provider.claims import Claims
from pulumi_agbcontext.redaction import printable

CONTENTS = {
    "content": SourceKind.TEXT,
    "contentBase64": SourceKind.BASE64,
    "source": SourceKind.FILE,
}


def _canonical_path(value: str) -> str:
    if fault := path_fault(value):
        raise ValueError(fault)
    return value


class ContextFileInputs(WaitSettings):
    """Inputs of a file."""

    context_id: Annotated[str, AfterValidator(printable_name)] = Field(
        description="ID of the context that contains the file. A change replaces the file."
    )
    context_generation: int | None = Field(
        None,
        ge=0,
        description="Generation of the context (output `generation`). A change uploads the file again, because a clear "
        "in place erases it.",
    )
    path: Annotated[str, AfterValidator(_canonical_path)] = Field(
        description="Canonical path in the context, for example `/data/report.txt`. A change replaces the file."
    )
    content: str | None = Field(
        None, repr=False, description="Content as text. Set exactly one of `content`, `contentBase64` and `source`."
    )
    content_base64: str | None = Field(None, repr=False, description="Content in base64, for binary data.")
    source: str | None = Field(
        None, repr=False, description="Path of a local file, relative to the program's working directory."
    )
    overwrite_on_create: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether to overwrite a file that already exists when the resource is created. If false, an "
        "existing file is an error unless its content is identical. The check is best effort, because the API has no "
        "conditional writes.",
    )


class CheckedFile(ContextFileInputs):
    """Inputs of a file after check, with size and digest."""

    size: int = Field(description="Size in bytes.")
    sha256: str = Field(repr=False, description="SHA-256 of the content, in hex.")


class ContextFileState(WaitSettings):
    """Recorded state of a file, without its content."""

    context_id: str = Field("", description="ID of the context.")
    context_generation: int | None = Field(None, description="Generation of the context at the last upload.")
    path: str = Field("", description="Path in the context.")
    overwrite_on_create: bool = Field(False, description="Copy of the input `overwriteOnCreate`.")
    size: int = Field(0, description="Size in bytes.")
    sha256: str = Field(
        "", repr=False, description="SHA-256 of the content, in hex. A secret if the content is a secret."
    )
    account: str = Field("", description="One-way fingerprint of the endpoint and API key that created the file.")


def source_of(inputs: Properties) -> str:
    """Return the content of checked inputs as a source string, which is the form that uploads read."""
    key = next(key for key in CONTENTS if inputs.get(key) is not None)
    return CONTENTS[key].of(str(inputs[key]))


def file_state(outputs: Properties) -> ContextFileState:
    """Parse recorded outputs, or raise MalformedStateError."""
    return recorded_state(ContextFileState, outputs)


def file_id(context_id: str, path: str) -> str:
    """Return the id of a file: `<context id>/<path without its leading slash>`."""
    return f"{context_id}{path}"


def parsed_id(resource_id: str) -> tuple[str, str]:
    """Parse the id of a file and return the context id and the path.

    Raises:
        InvalidIdError: the id does not have the form of `file_id`.
    """
    context_id, separator, below = resource_id.partition("/")
    path = f"/{below}"
    if not separator or not can_be_context_id(context_id) or path_fault(path):
        raise messages.invalid_file_id(printable(resource_id))
    return context_id, path


def claims_in(inputs: Properties) -> Claims | None:
    """Return the file that checked inputs claim, or None if it is unknown during a preview."""
    declared = declared_id(inputs)
    return None if declared is None else Claims(frozenset([declared]))


def declared_id(inputs: Properties) -> str | None:
    """Return the id of the file that checked inputs declare, or None if it is unknown during a preview."""
    context_id, path = inputs.get("contextId"), inputs.get("path")
    return file_id(context_id, path) if isinstance(context_id, str) and isinstance(path, str) else None
