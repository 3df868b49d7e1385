"""Functions that look into the AGB cloud from a program: each plain, and as `…_output` for arguments that are Outputs.

They run in the program's own process, in previews too, with the configuration of the stack.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import pulumi

from pulumi_agbcontext.client import Context as ApiContext
from pulumi_agbcontext.client import ContextFileEntry, ContextService, connect
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.cloud import DEFAULT_REGION
from pulumi_agbcontext.lifecycle.configuration import NAMESPACE, Configuration, read_configuration

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class ContextInfo:
    """A context as the API sees it now.

    Attributes:
        id: the API's id.
        name: its name.
        state: `available`, `clearing`, `pre-available`, `in-use`, or None where the API says none.
        created_at: when it was made, as the API writes times.
        last_used_at: when it was last used.
    """

    id: str
    name: str
    state: str | None
    created_at: str | None
    last_used_at: str | None


@dataclass(frozen=True)
class FileInfo:
    """A file that the API lists.

    Attributes:
        path: absolute within the context.
        size: bytes, or None where the API says none.
        file_id: the API's id of the file.
        created_at: when it was made, as the API writes times.
        modified_at: when it was last written.
    """

    path: str
    size: int | None
    file_id: str
    created_at: str | None
    modified_at: str | None


@dataclass(frozen=True)
class FileUrl:
    """A presigned URL: whoever has it has the file. It is another one at every run, so do not export it.

    Attributes:
        url: a secret.
        expire_time: when it expires, as the API says it.
    """

    url: str = field(repr=False)
    expire_time: int | None


def get_context(
    name: str | None = None,
    id: str | None = None,
    region: str | None = None,
) -> ContextInfo:
    """Get a context by name or by id; nothing is created.

    Args:
        name: its name, in its region; either this or `id`.
        id: the API's id.
        region: login region of a look-up by name; else `agbcontext:region`, else `cn-hangzhou`.

    Returns:
        The context, with its present state.

    Raises:
        pulumi.RunError: there is none, neither or both are given, or it could not be looked up. Source: GetContext.
    """
    if (name is None) == (id is None):
        raise pulumi.RunError("get_context: give either name or id")

    def look(service: ContextService, configuration: Configuration) -> ContextInfo:
        if id is not None:
            return _info(service.get(context_id=id).context)
        login_region = region or configuration.region or DEFAULT_REGION
        return _info(service.get(name=name, login_region_id=login_region).context)

    return _ask(look)


def list_contexts() -> list[ContextInfo]:
    """List all contexts of the account, all pages; the listing says no state.

    Raises:
        pulumi.RunError: they could not be listed. Source: ListContexts.
    """
    return _ask(lambda service, _: [_info(context) for context in service.list_all()])


def list_context_files(context_id: str, parent_folder_path: str | None = None) -> list[FileInfo]:
    """List the files of a context, all pages; a file just written may take a while to appear.

    Args:
        context_id: the API's id.
        parent_folder_path: list below this folder only.

    Raises:
        pulumi.RunError: they could not be listed. Source: DescribeContextFiles.
    """
    return _ask(lambda service, _: [_file(entry) for entry in service.list_all_files(context_id, parent_folder_path)])


def get_context_file_download_url(context_id: str, path: str) -> FileUrl:
    """Get a presigned URL that reads a file.

    Args:
        context_id: the API's id.
        path: absolute within the context; a URL is handed out for a file that does not exist, too.

    Raises:
        pulumi.RunError: there is no such context, or it could not be asked. Source: GetContextFileDownloadUrl.
    """

    def ask(service: ContextService, _: Configuration) -> FileUrl:
        found = service.get_file_download_url(context_id, path)
        return FileUrl(found.url, found.expire_time)

    return _ask(ask)


def get_context_file_upload_url(context_id: str, path: str) -> FileUrl:
    """Get a presigned URL that writes a file.

    Args:
        context_id: the API's id.
        path: absolute within the context.

    Raises:
        pulumi.RunError: there is no such context, or it could not be asked. Source: GetContextFileUploadUrl.
    """

    def ask(service: ContextService, _: Configuration) -> FileUrl:
        found = service.get_file_upload_url(context_id, path)
        return FileUrl(found.url, found.expire_time)

    return _ask(ask)


def get_context_clear_status(context_id: str) -> str:
    """Get the state of a context that is being cleared: `clearing` until it is `available`.

    Args:
        context_id: the API's id.

    Raises:
        pulumi.RunError: there is no such context, or it could not be asked. Source: GetContext.
    """
    return _ask(lambda service, _: service.get_clear_status(context_id).status or "")


def _ask(question: Callable[[ContextService, Configuration], T]) -> T:
    settings = pulumi.Config(NAMESPACE)
    configuration, failures = read_configuration(lambda key: settings.get(key.partition(":")[2]))
    if failures:
        raise pulumi.RunError("; ".join(f"{failure.property}: {failure.reason}" for failure in failures))
    try:
        return question(connect(configuration.account()), configuration)
    except AGBError as error:
        raise pulumi.RunError(str(error)) from None


def _info(context: ApiContext | None) -> ContextInfo:
    if context is None:
        raise pulumi.RunError("the API answered with no context")
    return ContextInfo(context.id, context.name, context.state, context.created_at, context.last_used_at)


def _file(entry: ContextFileEntry) -> FileInfo:
    return FileInfo(entry.file_path, entry.size, entry.file_id, entry.gmt_create, entry.gmt_modified)


def _with_outputs(function: Callable[P, T], *, secret: bool = False) -> Callable[..., pulumi.Output[T]]:
    """Make the form of a function that takes and gives Outputs."""

    @functools.wraps(function)
    def with_outputs(*arguments: Any, **keywords: Any) -> pulumi.Output[T]:
        known: pulumi.Output[list[Any]] = pulumi.Output.all(list(arguments), keywords)
        answer: pulumi.Output[T] = known.apply(lambda given: function(*given[0], **given[1]))
        return pulumi.Output.secret(answer) if secret else answer

    return with_outputs


get_context_output = _with_outputs(get_context)
list_contexts_output = _with_outputs(list_contexts)
list_context_files_output = _with_outputs(list_context_files)
get_context_file_download_url_output = _with_outputs(get_context_file_download_url, secret=True)
get_context_file_upload_url_output = _with_outputs(get_context_file_upload_url, secret=True)
get_context_clear_status_output = _with_outputs(get_context_clear_status)
