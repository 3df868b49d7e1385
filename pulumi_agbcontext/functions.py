"""Functions that read from the AGB cloud. Each function has an `…_output` variant that accepts and returns Outputs.

The functions run in the program's process, including during previews, and use the configuration of the stack.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, get_type_hints

import pulumi

from pulumi_agbcontext.client import connect
from pulumi_agbcontext.engine_connection import show_requests
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.data_sources import (
    DATA_SOURCES,
    LARGEST_CONTENT,
    ClearStatus,
    ContextInfo,
    ContextList,
    FileContent,
    FileInfo,
    FileList,
    FileUrl,
    checked,
)
from pulumi_agbcontext.lifecycle.properties import Mark, Model, marked
from pulumi_agbcontext.lifecycle.provider.configuration import NAMESPACE, read_configuration

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)


def get_context(
    name: str | None = None,
    id: str | None = None,
    region: str | None = None,
) -> ContextInfo:
    """Get a context by name or by id. Nothing is created.

    Args:
        name: name of the context in its region. Set exactly one of `name` and `id`.
        id: id of the context, for example `SdkCtx-04ml3r7wphp8nq2la`.
        region: login region for a lookup by name. Defaults to `agbcontext:region`, otherwise to `cn-hangzhou`.

    Returns:
        The context and its current state. Source: GetContext.

    Raises:
        pulumi.RunError: the context does not exist, an argument is invalid or the request failed.
    """
    return _ask("getContext", ContextInfo, name=name, id=id, region=region)


def list_contexts() -> list[ContextInfo]:
    """List all contexts in the account.

    Returns:
        The contexts of all pages. Their `state` is None, because the listing does not contain it. Source: ListContexts.

    Raises:
        pulumi.RunError: the request failed.
    """
    return _ask("listContexts", ContextList).contexts


def list_context_files(context_id: str, parent_folder_path: str | None = None) -> list[FileInfo]:
    """List the files of a context.

    Args:
        context_id: id of the context.
        parent_folder_path: absolute path of a directory in the context. If set, only files below it are listed.

    Returns:
        The files of all pages. A recently written file may be missing, because listings lag behind writes.
        Source: DescribeContextFiles.

    Raises:
        pulumi.RunError: the context does not exist, an argument is invalid or the request failed.
    """
    return _ask("listContextFiles", FileList, contextId=context_id, parentFolderPath=parent_folder_path).files


def get_context_file_download_url(context_id: str, path: str) -> FileUrl:
    """Get a presigned URL to download a file.

    Args:
        context_id: id of the context.
        path: absolute path in the context. The API does not check whether the file exists.

    Returns:
        The URL and its expiry time. Treat the URL as a secret. Source: GetContextFileDownloadUrl.

    Raises:
        pulumi.RunError: the context does not exist, an argument is invalid or the request failed.
    """
    return _ask("getContextFileDownloadUrl", FileUrl, contextId=context_id, path=path)


def get_context_file_content(
    context_id: str, path: str, max_size: int = LARGEST_CONTENT, secret: bool = True
) -> FileContent:
    """Get the content of a file.

    Args:
        context_id: id of the context.
        path: absolute path in the context.
        max_size: maximum size in bytes, at most 64 MiB. Defaults to 1 MiB.
        secret: whether `get_context_file_content_output` returns a secret. Defaults to True.

    Returns:
        The content as text (None if it is not valid UTF-8) and in base64, with its size in bytes and SHA-256.
        Source: GetContextFileDownloadUrl.

    Raises:
        pulumi.RunError: the file does not exist or is larger than `max_size`, an argument is invalid or the request
            failed.
    """
    return _ask("getContextFileContent", FileContent, contextId=context_id, path=path, maxSize=max_size, secret=secret)


def get_context_file_upload_url(context_id: str, path: str) -> FileUrl:
    """Get a presigned URL to upload a file.

    Args:
        context_id: id of the context.
        path: absolute path in the context. An upload overwrites an existing file.

    Returns:
        The URL and its expiry time. Treat the URL as a secret. Source: GetContextFileUploadUrl.

    Raises:
        pulumi.RunError: the context does not exist, an argument is invalid or the request failed.
    """
    return _ask("getContextFileUploadUrl", FileUrl, contextId=context_id, path=path)


def get_context_clear_status(context_id: str) -> str:
    """Get the progress of a clear.

    Args:
        context_id: id of the context.

    Returns:
        `clearing` while the clear is running, then `available`. Empty if the API reports no state. Source: GetContext.

    Raises:
        pulumi.RunError: the context does not exist, an argument is invalid or the request failed.
    """
    return _ask("getContextClearStatus", ClearStatus, contextId=context_id).status


def _ask(function: str, results: type[M], **arguments: str | int | None) -> M:
    settings = pulumi.Config(NAMESPACE)
    configuration, failures = read_configuration(lambda key: settings.get(key.partition(":")[2]))
    source = DATA_SOURCES[function]
    given, more_failures = checked(source, arguments)
    if faults := [*failures, *more_failures]:
        raise pulumi.RunError("; ".join(f"{function}: {fault}" for fault in faults))
    show_requests(pulumi.log.info)
    choice = source.arguments.model_validate(given)
    try:
        answer = source.read(connect(configuration.account()), configuration.region, choice)
    except AGBError as error:
        raise pulumi.RunError(str(error)) from None
    return results.model_validate(answer)


def _with_outputs(function: Callable[P, T]) -> Callable[..., pulumi.Output[T]]:
    """Return the variant of a function that accepts and returns Outputs. Its result is a secret if it contains one."""
    result = get_type_hints(function)["return"]
    secret = isinstance(result, type) and issubclass(result, Model) and bool(marked(result, Mark.SECRET))

    @functools.wraps(function)
    def with_outputs(*arguments: Any, **keywords: Any) -> pulumi.Output[T]:
        known: pulumi.Output[list[Any]] = pulumi.Output.all(list(arguments), keywords)
        answer: pulumi.Output[T] = known.apply(lambda given: function(*given[0], **given[1]))
        if not secret:
            return answer
        # The arguments may be Outputs, so it may not be known yet whether the caller wants a secret.
        given = inspect.signature(function).bind(*arguments, **keywords).arguments
        return answer if given.get("secret") is False else pulumi.Output.secret(answer)

    return with_outputs


get_context_output = _with_outputs(get_context)
list_contexts_output = _with_outputs(list_contexts)
list_context_files_output = _with_outputs(list_context_files)
get_context_file_download_url_output = _with_outputs(get_context_file_download_url)
get_context_file_content_output = _with_outputs(get_context_file_content)
get_context_file_upload_url_output = _with_outputs(get_context_file_upload_url)
get_context_clear_status_output = _with_outputs(get_context_clear_status)
