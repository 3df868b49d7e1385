"""One file in somebody else's context: its properties, and what check and diff mean for it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pulumi_agbcontext.lifecycle.context import Checked, Diff, Kind
from pulumi_agbcontext.lifecycle.inputs import (
    UNKNOWN,
    Failure,
    Model,
    Properties,
    is_unknown,
    printable_name,
    recorded_as,
    refuse_malformed,
    validated,
)
from pulumi_agbcontext.lifecycle.paths import path_fault, shown
from pulumi_agbcontext.lifecycle.sources import SourceError, take_digest
from pulumi_agbcontext.messages import inputs as wrong

_KINDS = {"content": "text", "contentBase64": "base64", "source": "file"}  # property to kind of source


def _canonical_path(value: str) -> str:
    if fault := path_fault(value):
        raise ValueError(fault)
    return value


class ContextFileInputs(Model):
    """What a program says of a file."""

    context_id: Annotated[str, AfterValidator(printable_name)] = Field(
        description="The API's id of the context that holds the file; another one replaces the file."
    )
    context_generation: int | None = Field(
        None,
        ge=0,
        description="Generation of the context (output `generation`): a change uploads the file again, because a clear "
        "in place has erased it.",
    )
    path: Annotated[str, AfterValidator(_canonical_path)] = Field(
        description="Canonical path in the context, for example `/data/report.txt`; another one replaces the file."
    )
    content: str | None = Field(
        None, repr=False, description="Content as text; exactly one of content, content_base64, source."
    )
    content_base64: str | None = Field(None, repr=False, description="Content in base64, for bytes that are no text.")
    source: str | None = Field(None, repr=False, description="Path of a local file, relative to the program.")
    overwrite_on_create: bool = Field(
        False,
        description="Whether a file that is there already is overwritten at creation; else it is an error, unless it "
        "has this very content. "
        "Best effort: the API has no conditional write.",
    )


class CheckedFile(ContextFileInputs):
    """What check makes of it."""

    size: int = Field(description="Bytes.")
    sha256: str = Field(repr=False, description="Hex digest of the content.")


class ContextFileState(Model):
    """What is recorded of a file; no content."""

    context_id: str = Field("", description="The API's id of the context.")
    context_generation: int | None = Field(None, description="Generation of the context at the last upload.")
    path: str = Field("", description="Path in the context.")
    overwrite_on_create: bool = Field(False, description="Mirror of the input.")
    size: int = Field(0, description="Bytes.")
    sha256: str = Field("", repr=False, description="Hex digest of the content; a secret where the content is one.")
    account: str = Field("", description="One-way fingerprint of endpoint and key that made the file.")


def check_file(news: Properties) -> Checked:
    """Validate inputs and take the digest; sends no request.

    Args:
        news: the program's inputs by wire name, unknown values as `UNKNOWN`. `size` and `sha256` may stand among
            them: they are taken anew.
    """
    given = {key: value for key, value in news.items() if key not in ("size", "sha256") and value is not None}
    inputs, failures = validated(ContextFileInputs, given)
    sources = [key for key in _KINDS if key in given]
    if len(sources) != 1:
        failures.append(Failure("content", wrong.not_one_content(sources)))
    elif not failures:
        inputs |= _digest(sources[0], inputs[sources[0]], failures)
    return Checked(inputs, failures)


def source_of(inputs: Properties) -> str:
    """Give the content of checked inputs as a source, the form that uploads read."""
    key = next(key for key in _KINDS if inputs.get(key) is not None)
    return f"{_KINDS[key]}:{inputs[key]}"


def _digest(key: str, value: object, failures: list[Failure]) -> dict[str, Any]:
    if is_unknown(value):
        return {"size": UNKNOWN, "sha256": UNKNOWN}
    try:
        file = take_digest(f"{_KINDS[key]}:{value}")
    except SourceError as fault:
        failures.append(Failure(key, shown(str(fault))))
        return {}
    return {"size": file.size, "sha256": file.sha256}


def diff_file(outputs: Properties, news: Properties) -> Diff:
    """Compare what is recorded with what is wanted: another place replaces, another content or generation updates."""
    olds = file_state(outputs)
    refuse_malformed(CheckedFile, news)
    changes: dict[str, Kind] = {}
    if news["contextId"] != olds.context_id:
        changes["contextId"] = "replace"
    if news["path"] != olds.path:
        changes["path"] = "replace"
    if (news["size"], news["sha256"]) != (olds.size, olds.sha256):
        changes[next((key for key in _KINDS if news.get(key) is not None), "content")] = "update"
    if news.get("contextGeneration") != olds.context_generation:
        changes["contextGeneration"] = "update"
    if news.get("overwriteOnCreate", False) != olds.overwrite_on_create:
        changes["overwriteOnCreate"] = "update"
    return Diff(changes)


def file_state(outputs: Properties) -> ContextFileState:
    """Read recorded outputs, also those of an older release.

    Raises:
        MalformedStateError: a property has the wrong type.
    """
    known = {field.alias for field in ContextFileState.model_fields.values()}
    return recorded_as(ContextFileState, {key: value for key, value in outputs.items() if key in known})
