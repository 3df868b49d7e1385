"""Functions that look into the AGB cloud from a program: each plain, and as `…_output` for arguments that are Outputs.

They run in the program's own process, in previews too, with the configuration of the stack.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import pulumi

from pulumi_agbcontext.client import connect
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.data_sources import (
    DATA_SOURCES,
    ClearStatus,
    ContextInfo,
    ContextList,
    FileInfo,
    FileList,
    FileUrl,
    checked,
)
from pulumi_agbcontext.lifecycle.properties import Model
from pulumi_agbcontext.lifecycle.provider.configuration import NAMESPACE, read_configuration

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)


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
    return _ask("getContext", ContextInfo, name=name, id=id, region=region)


def list_contexts() -> list[ContextInfo]:
    """List all contexts of the account, all pages; the listing says no state.

    Raises:
        pulumi.RunError: they could not be listed. Source: ListContexts.
    """
    return _ask("listContexts", ContextList).contexts


def list_context_files(context_id: str, parent_folder_path: str | None = None) -> list[FileInfo]:
    """List the files of a context, all pages; a file just written may take a while to appear.

    Args:
        context_id: the API's id.
        parent_folder_path: list below this folder only.

    Raises:
        pulumi.RunError: they could not be listed. Source: DescribeContextFiles.
    """
    return _ask("listContextFiles", FileList, contextId=context_id, parentFolderPath=parent_folder_path).files


def get_context_file_download_url(context_id: str, path: str) -> FileUrl:
    """Get a presigned URL that reads a file.

    Args:
        context_id: the API's id.
        path: absolute within the context; a URL is handed out for a file that does not exist, too.

    Raises:
        pulumi.RunError: there is no such context, or it could not be asked. Source: GetContextFileDownloadUrl.
    """
    return _ask("getContextFileDownloadUrl", FileUrl, contextId=context_id, path=path)


def get_context_file_upload_url(context_id: str, path: str) -> FileUrl:
    """Get a presigned URL that writes a file.

    Args:
        context_id: the API's id.
        path: absolute within the context.

    Raises:
        pulumi.RunError: there is no such context, or it could not be asked. Source: GetContextFileUploadUrl.
    """
    return _ask("getContextFileUploadUrl", FileUrl, contextId=context_id, path=path)


def get_context_clear_status(context_id: str) -> str:
    """Get the state of a context that is being cleared: `clearing` until it is `available`.

    Args:
        context_id: the API's id.

    Raises:
        pulumi.RunError: there is no such context, or it could not be asked. Source: GetContext.
    """
    return _ask("getContextClearStatus", ClearStatus, contextId=context_id).status


def _ask(function: str, results: type[M], **arguments: str | None) -> M:
    settings = pulumi.Config(NAMESPACE)
    configuration, failures = read_configuration(lambda key: settings.get(key.partition(":")[2]))
    source = DATA_SOURCES[function]
    given, more_failures = checked(source, arguments)
    if faults := [*failures, *more_failures]:
        raise pulumi.RunError("; ".join(f"{function}: {fault}" for fault in faults))
    choice = source.arguments.model_validate(given)
    try:
        answer = source.read(connect(configuration.account()), configuration.region, choice)
    except AGBError as error:
        raise pulumi.RunError(str(error)) from None
    return results.model_validate(answer)


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
