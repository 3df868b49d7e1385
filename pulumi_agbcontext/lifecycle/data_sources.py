"""Data sources: functions that read from the Context API and change nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pulumi_agbcontext import messages
from pulumi_agbcontext.client import Context, ContextFileEntry
from pulumi_agbcontext.lifecycle.properties import Failure, Mark, Model, Properties, marked, printable_name, validated
from pulumi_agbcontext.lifecycle.provider.session import DEFAULT_REGION, ContextApi
from pulumi_agbcontext.messages import inputs as invalid

LARGEST_CONTENT = 1 << 20  # bytes, unless the program sets another limit
MOST_CONTENT = 64 << 20  # bytes; one message to the engine contains the content several times in base64
_CONTEXT_ID = Field(description="ID of the context.")
_Name = Annotated[str, AfterValidator(printable_name)]


class NoArguments(Model):
    """No arguments."""


class ContextChoice(Model):
    """A context, selected by name or ID."""

    name: _Name | None = Field(None, description="Name of the context in its region. Set either `name` or `id`.")
    id: _Name | None = Field(None, description="ID of the context.")
    region: str | None = Field(
        None,
        description="Login region for a lookup by name. Defaults to `agbcontext:region`, otherwise to `cn-hangzhou`.",
    )


class DirectoryChoice(Model):
    """The files of a context, or those in one of its directories."""

    context_id: _Name = _CONTEXT_ID
    parent_folder_path: str | None = Field(
        None, description="Absolute path of a directory in the context. If set, only files below it are listed."
    )


class FileChoice(Model):
    """A file in a context, selected by path."""

    context_id: _Name = _CONTEXT_ID
    path: _Name = Field(description="Absolute path in the context, for example `/data/report.txt`.")


class ContentChoice(FileChoice):
    """A file in a context, and how to return its content."""

    max_size: int = Field(
        LARGEST_CONTENT, ge=0, le=MOST_CONTENT, description="Maximum size in bytes. A larger file is an error."
    )
    secret: bool = Field(True, description="Whether the content and its digest are secrets.")


class ContextIdChoice(Model):
    """A context, selected by ID."""

    context_id: _Name = _CONTEXT_ID


class ContextInfo(Model):
    """A context and its current state."""

    id: str = Field(description="ID of the context.")
    name: str = Field(description="Name of the context.")
    state: str | None = Field(
        description="State: `available`, `clearing`, `pre-available` or `in-use`. Absent if the API reports none."
    )
    created_at: str | None = Field(description="Creation time, in the API's format.")
    last_used_at: str | None = Field(description="Time of the last use, in the API's format.")


class FileInfo(Model):
    """A file in a context."""

    path: str = Field(description="Absolute path in the context.")
    size: int | None = Field(description="Size in bytes. Absent if the API reports none.")
    file_id: str = Field(description="ID of the file.")
    created_at: str | None = Field(description="Creation time, in the API's format.")
    modified_at: str | None = Field(description="Time of the last write, in the API's format.")


class FileUrl(Model):
    """A presigned URL that grants access to a file without a key. It differs on every run, so do not export it."""

    url: Annotated[str, Mark.SECRET] = Field(repr=False, description="Presigned URL. Treat it as a secret.")
    expire_time: int | None = Field(description="Expiry time, in the API's format.")


class FileContent(Model):
    """The content of a file."""

    text: Annotated[str | None, Mark.SECRET] = Field(
        None, repr=False, description="Content as text. Absent if it is not valid UTF-8."
    )
    base64: Annotated[str, Mark.SECRET] = Field(repr=False, description="Content in base64.")
    sha256: Annotated[str, Mark.SECRET] = Field(repr=False, description="SHA-256 of the content, in hex.")
    size: int = Field(description="Size in bytes.")


class ContextList(Model):
    """The contexts of the account."""

    contexts: list[ContextInfo] = Field(description="The contexts, without their states.")


class FileList(Model):
    """The files of a context."""

    files: list[FileInfo] = Field(
        description="The files. A recently written file may be missing, because listings lag behind writes."
    )


class ClearStatus(Model):
    """The progress of a clear."""

    status: str = Field(
        description="`clearing` while the clear is running, then `available`. Empty if the API reports no state."
    )


@dataclass(frozen=True)
class DataSource:
    """Definition of one data source.

    Attributes:
        description: description in the schema and in the documentation.
        arguments: model of the arguments.
        results: model of the results.
        read: function that takes the API client, the configured login region and the arguments, and returns the
            results.
        operation: API operation that provides the data.
    """

    description: str
    arguments: type[Model]
    results: type[Model]
    read: Callable[[ContextApi, str | None, Any], Model]
    operation: str


def checked(source: DataSource, given: Properties) -> tuple[Properties, list[Failure]]:
    """Validate the arguments of a data source.

    Args:
        source: the data source.
        given: arguments by wire name.

    Returns:
        The validated arguments and the failures.
    """
    arguments, failures = validated(source.arguments, given)
    if source.arguments is ContextChoice and ("name" in arguments) == ("id" in arguments):
        failures.append(Failure("name", invalid.NAME_OR_ID))
    return arguments, failures


def _get_context(service: ContextApi, region: str | None, choice: ContextChoice) -> ContextInfo:
    if choice.id is not None:
        return _info(service.get(context_id=choice.id).context)
    login_region = choice.region or region or DEFAULT_REGION
    return _info(service.get(name=choice.name, login_region_id=login_region).context)


def _list_contexts(service: ContextApi, _region: str | None, _: NoArguments) -> ContextList:
    return ContextList(contexts=[_info(context) for context in service.list_all()])


def _list_files(service: ContextApi, _region: str | None, choice: DirectoryChoice) -> FileList:
    entries = service.list_all_files(choice.context_id, choice.parent_folder_path)
    return FileList(files=[_file(entry) for entry in entries])


def _download_url(service: ContextApi, _region: str | None, choice: FileChoice) -> FileUrl:
    found = service.get_file_download_url(choice.context_id, choice.path)
    return FileUrl(url=found.url, expire_time=found.expire_time)


def _upload_url(service: ContextApi, _region: str | None, choice: FileChoice) -> FileUrl:
    found = service.get_file_upload_url(choice.context_id, choice.path)
    return FileUrl(url=found.url, expire_time=found.expire_time)


def _content(service: ContextApi, _region: str | None, choice: ContentChoice) -> FileContent:
    size = service.transfers.size(choice.context_id, choice.path)
    if size is not None and size > choice.max_size:
        raise messages.larger_than_allowed(choice.context_id, choice.path, size, choice.max_size)
    content = None if size is None else service.transfers.read(choice.context_id, choice.path, choice.max_size)
    if content is None:
        raise messages.no_such_file(choice.context_id, choice.path)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = None
    encoded, sha256 = base64.b64encode(content).decode(), hashlib.sha256(content).hexdigest()
    return FileContent(text=text, base64=encoded, sha256=sha256, size=len(content))


def secrets_of(answer: Model, arguments: Model) -> list[str]:
    """Return the wire names of the results that are secrets.

    Args:
        answer: the results of a data source.
        arguments: its arguments. A program can declare that the content of a file is not a secret.
    """
    if isinstance(arguments, ContentChoice) and not arguments.secret:
        return []
    return marked(type(answer), Mark.SECRET)


def _clear_status(service: ContextApi, _region: str | None, choice: ContextIdChoice) -> ClearStatus:
    return ClearStatus(status=service.get_clear_status(choice.context_id).status or "")


def _info(context: Context | None) -> ContextInfo:
    if context is None:
        raise messages.no_context_in_answer()
    return ContextInfo(
        id=context.id,
        name=context.name,
        state=context.state,
        created_at=context.created_at,
        last_used_at=context.last_used_at,
    )


def _file(entry: ContextFileEntry) -> FileInfo:
    return FileInfo(
        path=entry.file_path,
        size=entry.size,
        file_id=entry.file_id,
        created_at=entry.gmt_create,
        modified_at=entry.gmt_modified,
    )


DATA_SOURCES: Mapping[str, DataSource] = {
    "getContext": DataSource(
        "Get a context by name or by ID. Nothing is created.", ContextChoice, ContextInfo, _get_context, "GetContext"
    ),
    "listContexts": DataSource(
        "List all contexts in the account.", NoArguments, ContextList, _list_contexts, "ListContexts"
    ),
    "listContextFiles": DataSource(
        "List all files in a context.", DirectoryChoice, FileList, _list_files, "DescribeContextFiles"
    ),
    "getContextFileDownloadUrl": DataSource(
        "Get a presigned URL to download a file. The API does not check whether the file exists.",
        FileChoice,
        FileUrl,
        _download_url,
        "GetContextFileDownloadUrl",
    ),
    "getContextFileUploadUrl": DataSource(
        "Get a presigned URL to upload a file.", FileChoice, FileUrl, _upload_url, "GetContextFileUploadUrl"
    ),
    "getContextFileContent": DataSource(
        "Get the content of a file, as text and in base64, with its size and SHA-256.",
        ContentChoice,
        FileContent,
        _content,
        "GetContextFileDownloadUrl",
    ),
    "getContextClearStatus": DataSource(
        "Get the progress of a clear.", ContextIdChoice, ClearStatus, _clear_status, "GetContext"
    ),
}
