"""Methods for the calls in the Context API reference, with the same names, arguments and defaults.

Unlike in the reference, a rejected call raises an error (see errors.py) instead of returning `success=False`.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import replace

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.api import listing, operations, responses
from pulumi_agbcontext.client.api.erasures import Erasures
from pulumi_agbcontext.client.api.models import (
    CLEARING,
    ClearContextResult,
    Context,
    ContextFileEntry,
    ContextFileListResult,
    ContextListParams,
    ContextListResult,
    ContextResult,
    FileUrlResult,
    OperationResult,
)
from pulumi_agbcontext.client.api.transport import Transport


class ContextCalls:
    """The API calls of an account; safe to share between threads.

    Every method raises RequestRejectedError if the API rejects the call, ThrottledError if the API throttles it,
    UnreachableError if no usable response is received, and ValueError for arguments that the API reference excludes.

    Args:
        account: the account to use.
        transport: sends the calls.

    Attributes:
        account: the account in use.
        erasures: the calls that erase data, with a check before each retry.
    """

    def __init__(self, account: Account, transport: Transport) -> None:
        self.account = account
        self._transport = transport
        self.erasures = Erasures(transport)

    def list(self, params: ContextListParams | None = None) -> ContextListResult:
        """List one page of contexts.

        Args:
            params: the page to list; None lists the first 10 contexts.

        Returns:
            The page, with the token of the next page. Source: ListContexts.
        """
        params = params or ContextListParams()
        arguments = {"maxResults": str(10 if params.max_results is None else params.max_results)}
        arguments |= {"nextToken": params.next_token} if params.next_token else {}
        return self._transport.call(operations.LIST_CONTEXTS, arguments)

    def get(
        self,
        name: str | None = None,
        create: bool = False,
        login_region_id: str | None = None,
        context_id: str | None = None,
    ) -> ContextResult:
        """Get a context by name or by ID, or create it if the name is available.

        Args:
            name: name of the context, unique within its region.
            create: whether to create the context if it does not exist; an existing context is returned unchanged.
            login_region_id: region of the lookup by name; None selects the API's default, `cn-hangzhou`.
            context_id: ID of the context, as an alternative to `name`; not allowed with `create`.

        Returns:
            The context. Source: GetContext.

        Raises:
            ValueError: neither name nor ID is given, or an ID is combined with `create`.
        """
        by_name, by_id = bool(name and name.strip()), bool(context_id and context_id.strip())
        if not by_name and not by_id:
            raise ValueError("Either context_id or name must be provided")
        if create and by_id:
            raise ValueError("context_id cannot be provided when create=True: only a name can be created")
        if by_id:
            answer = self._transport.call(operations.GET_CONTEXT_BY_ID, _by_id(context_id or ""))
            return responses.about(context_id or "", answer, self.account.endpoint)
        arguments = _by_name(name or "", login_region_id)
        if create:
            return self._create(arguments)
        found = self._transport.call(operations.GET_CONTEXT_BY_NAME, arguments)
        if found is None:
            raise messages.no_such_context(arguments["name"])
        return responses.about(arguments["name"], found, self.account.endpoint, by_name=True)

    def create(self, name: str, login_region_id: str | None = None) -> ContextResult:
        """Create a context, or get the existing context with that name; the response does not distinguish the two.

        Args:
            name: name of the context.
            login_region_id: region of the context; None selects the API's default, `cn-hangzhou`.

        Returns:
            The context. Source: GetContext with allowCreate.
        """
        return self._create(_by_name(_required("name", name), login_region_id))

    def update(self, context: Context) -> OperationResult:
        """Rename a context to the name of the given object.

        Args:
            context: the ID of the context and its new name.

        Returns:
            The result; `data` contains the ID. Source: ModifyContext.
        """
        arguments = {"id": _required("context.id", context.id), "name": _required("context.name", context.name)}

        def read_back() -> OperationResult | None:
            answer = self._transport.once(operations.GET_CONTEXT_BY_ID, _by_id(context.id))
            found = responses.about(context.id, answer, self.account.endpoint)
            renamed = found.context is not None and found.context.name == context.name
            return OperationResult(found.request_id, success=True) if renamed else None

        result = self._transport.call(operations.RENAME_CONTEXT, arguments, settle=read_back)
        return replace(result, data={"context_id": context.id})

    def delete(self, context: Context) -> OperationResult:
        """Delete a context and all its files.

        Args:
            context: the context to delete, identified by its ID.

        Returns:
            The result; `data` contains the ID. Source: DeleteContext.
        """
        result = self.erasures.delete(_required("context.id", context.id))
        return replace(result, data={"context_id": context.id})

    def get_file_download_url(self, context_id: str, file_path: str) -> FileUrlResult:
        """Get a presigned URL for downloading a file.

        Args:
            context_id: ID of the context.
            file_path: absolute path within the context.

        Returns:
            The URL, which is a secret. The API may return a URL for a file that does not exist.
            Source: GetContextFileDownloadUrl.
        """
        return self._transport.call(operations.GET_DOWNLOAD_URL, _of_file(context_id, file_path))

    def get_file_upload_url(self, context_id: str, file_path: str) -> FileUrlResult:
        """Get a presigned URL for uploading a file.

        Args:
            context_id: ID of the context.
            file_path: absolute path within the context.

        Returns:
            The URL, which is a secret. Source: GetContextFileUploadUrl.
        """
        return self._transport.call(operations.GET_UPLOAD_URL, _of_file(context_id, file_path))

    def delete_file(self, context_id: str, file_path: str) -> OperationResult:
        """Delete a file.

        Args:
            context_id: ID of the context.
            file_path: absolute path within the context.

        Returns:
            The result; `data` is True. Source: DeleteContextFile.
        """
        return replace(self._transport.call(operations.DELETE_FILE, _of_file(context_id, file_path)), data=True)

    def list_files(
        self, context_id: str, parent_folder_path: str | None = None, page_number: int = 1, page_size: int = 50
    ) -> ContextFileListResult:
        """List one page of the files in a context; recent uploads and deletions may not be visible yet.

        Args:
            context_id: ID of the context.
            parent_folder_path: list only files below this directory; None lists the whole context.
            page_number: number of the page, starting at 1.
            page_size: maximum number of files on a page.

        Returns:
            The page. Source: DescribeContextFiles.
        """
        arguments = {
            "contextId": _required("context_id", context_id),
            "parentFolderPath": parent_folder_path or "",
            "pageNumber": str(page_number),
            "pageSize": str(page_size),
        }
        return self._transport.call(operations.LIST_FILES, arguments)

    def clear_async(self, context_id: str) -> ClearContextResult:
        """Start deleting all files in a context.

        Args:
            context_id: ID of the context.

        Returns:
            Status `clearing`. Source: ClearContext.
        """
        done = self.erasures.clear(_required("context_id", context_id))
        return ClearContextResult(done.request_id, success=True, status=CLEARING, context_id=context_id)

    def get_clear_status(self, context_id: str) -> ClearContextResult:
        """Get the status of a clear.

        Args:
            context_id: ID of the context.

        Returns:
            The state of the context, as `status`. Source: GetContext.
        """
        found = self.get(context_id=_required("context_id", context_id))
        state = found.context.state if found.context else None
        return ClearContextResult(found.request_id, success=True, status=state, context_id=found.context_id)

    def list_all(self) -> Iterator[Context]:
        """Iterate over all contexts of the account, page by page.

        Returns:
            Contexts, without their states, which ListContexts does not return. Source: ListContexts.
        """
        return listing.list_all(self)

    def list_all_files(self, context_id: str, parent_folder_path: str | None = None) -> builtins.list[ContextFileEntry]:
        """Return all files that the API currently lists in a context.

        Args:
            context_id: ID of the context.
            parent_folder_path: list only files below this directory; None lists the whole context.

        Returns:
            Files, without directories; each path appears once. Source: DescribeContextFiles.
        """
        return listing.list_all_files(self, context_id, parent_folder_path)

    def _create(self, look: dict[str, str]) -> ContextResult:
        def look_first() -> ContextResult | None:
            try:
                return self._transport.once(operations.GET_CONTEXT_BY_NAME, look)
            except errors.NotFoundError:
                return None

        return self._transport.call(operations.CREATE_CONTEXT, {**look, "allowCreate": "true"}, settle=look_first)


def _by_id(context_id: str) -> dict[str, str]:
    return {"id": context_id, "allowCreate": "false"}


def _by_name(name: str, login_region_id: str | None) -> dict[str, str]:
    region = {"loginRegionId": login_region_id} if login_region_id else {}
    return {"name": name, "allowCreate": "false", **region}


def _of_file(context_id: str, file_path: str) -> dict[str, str]:
    return {"contextId": _required("context_id", context_id), "filePath": _required("file_path", file_path)}


def _required(argument: str, value: str) -> str:
    if not value or not value.strip():
        raise ValueError(f"{argument} cannot be empty")
    return value
