"""Properties that the resources with several files share: names, types, defaults and descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pulumi_agbcontext.lifecycle.files.sources import recorded
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Choices, Mark, Model, Properties, is_unknown, wire_names

FILE_MAPS = ("files", "secretFiles")
DRIFT_CHECK = Choices(
    "DriftCheck",
    "What refresh compares for each seeded file",
    {"size": "presence and size", "content": "presence and content, which it downloads and hashes", "none": "nothing"},
)
WHEN_IN_USE = Choices(
    "WhenInUse",
    "What to do before a change while a session is using the context",
    {
        "proceed": "make the change immediately",
        "wait": "wait up to `clearTimeout` for the session to end, then make the change",
        "fail": "report an error and change nothing",
    },
)


class WaitSettings(Model):
    """Settings that control how long an operation waits for a context, and what it does if the context is in use."""

    clear_timeout: Annotated[float, Mark.SETTING] = Field(
        60.0,
        gt=0,
        le=86_400,
        description="Maximum time to wait for a context to be cleared, available, no longer in use or deleted, in "
        "seconds.",
    )
    clear_poll_interval: Annotated[float, Mark.SETTING] = Field(
        2.0, gt=0, le=3_600, description="Maximum polling interval, in seconds."
    )
    when_in_use: Annotated[Literal["proceed", "wait", "fail"], Mark.SETTING, WHEN_IN_USE] = Field(
        "proceed",
        description=f"{WHEN_IN_USE.described} A session uploads its copy of the files when it ends, which may undo the "
        "change.",
    )


class FilesInputs(WaitSettings):
    """Inputs of a resource with several files."""

    files: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Files to seed, as a map from path in the context to content (an asset, a directory, text or "
        "bytes). Only changed files are uploaded, and files removed from the map are deleted.",
    )
    secret_files: Annotated[dict[str, str], Mark.SECRET] = Field(
        default_factory=dict,
        repr=False,
        description="Like `files`, but the contents and digests are encrypted in the state.",
    )
    exclude: Annotated[list[str], Mark.SETTING] = Field(
        default_factory=list,
        description="Gitignore patterns. Matching files in directories are not seeded.",
    )
    include_hidden: Annotated[bool | None, Mark.SETTING] = Field(
        None,
        description="Whether directories include hidden files: files and directories whose names start with a dot. "
        "Defaults to false.",
    )
    respect_gitignore: Annotated[bool, Mark.SETTING] = Field(
        False, description="Whether to exclude files that match any `.gitignore` file in a seeded directory."
    )
    drift_check: Annotated[Literal["size", "content", "none"], Mark.SETTING, DRIFT_CHECK] = Field(
        "size", description=DRIFT_CHECK.described
    )
    overwrite_files: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether to overwrite a file that is new to `files` but already exists in the context. If false, "
        "such a file is an error unless its content is identical.",
    )
    exclusive: Annotated[bool, Mark.SETTING] = Field(
        False,
        description="Whether to delete files that are not declared. A refresh records them as `unmanagedFiles`, and "
        "the next update deletes those that have not changed since.",
    )
    ignore_files: Annotated[list[str], Mark.SETTING] = Field(
        default_factory=list,
        description="Gitignore patterns. With `exclusive`, matching files in the context are neither recorded nor "
        "deleted.",
    )
    max_deletes: Annotated[int | None, Mark.SETTING] = Field(
        None,
        ge=0,
        description="Maximum number of files that one update may delete. An update that would delete more is rejected.",
    )

    @property
    def seeded(self) -> dict[str, str]:
        """Return all seeded files, including the secret ones."""
        return {**self.files, **self.secret_files}


class FilesState(FilesInputs):
    """Recorded state of a resource with several files."""

    file_count: int = Field(0, description="Number of seeded files.")
    size: int = Field(0, description="Total size of the seeded files, in bytes.")
    account: str = Field("", description="One-way fingerprint of the endpoint and API key that manage the resource.")
    unmanaged_files: dict[str, str] | None = Field(
        None,
        description="With `exclusive`, the files that the last refresh found and that this resource did not seed, as a "
        "map from path to size and version. The next update deletes those that have not changed since.",
    )


def known_paths(inputs: Properties) -> list[str]:
    """Return the file paths in checked inputs. Paths that are unknown during a preview are omitted."""
    maps = (inputs.get(key) for key in FILE_MAPS)
    return [path for files in maps if isinstance(files, Mapping) for path in files]


def known_outputs(model: type[FilesInputs], inputs: Properties) -> dict[str, Any]:
    """Return the preview outputs that the inputs determine, which are the inputs and the number and size of the files.

    Args:
        model: the model of the inputs.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
    """
    optional = [field for field in model.model_fields.values() if not field.is_required()]
    defaults = {str(field.alias): field.get_default(call_default_factory=True) for field in optional}
    mirrored = {key: value for key, value in {**defaults, **inputs}.items() if key in wire_names(model)}
    known = {key: value for key, value in mirrored.items() if value is not None}
    maps = [known[key] for key in FILE_MAPS]
    if is_unknown(maps):
        return {**known, "fileCount": UNKNOWN, "size": UNKNOWN}
    files = [file for entries in maps for entry in entries.values() if (file := recorded(entry))]
    return {**known, "fileCount": len(files), "size": sum(file.size for file in files)}
