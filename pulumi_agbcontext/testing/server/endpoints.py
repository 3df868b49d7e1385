"""Operations of the API, independent of HTTP: each maps an account and arguments to a response body or a `Refusal`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pulumi_agbcontext.testing.server import arguments as read
from pulumi_agbcontext.testing.server import envelopes
from pulumi_agbcontext.testing.server.arguments import Arguments
from pulumi_agbcontext.testing.server.behaviour import FLAPPING_LAG, Behaviour
from pulumi_agbcontext.testing.server.signing import Signer
from pulumi_agbcontext.testing.server.store import ContextRecord, Store
from pulumi_agbcontext.testing.server.stored_files import FileRecord

_LISTING_TOKEN = "contexts"  # noqa: S105 (purpose of a signature, not a secret)


class Operations:
    """Operations of the API on a store.

    Args:
        store: contexts and files.
        behaviour: behavior settings.
        objects_url: URL of the object store, without a trailing slash.
    """

    def __init__(self, store: Store, behaviour: Behaviour, objects_url: str) -> None:
        self._store = store
        self._objects_url = objects_url
        self.signer = Signer(store.database.secret)
        self.behaviour = behaviour
        self._listing_counts: dict[str, int] = {}

    def perform(self, operation: str, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run an operation.

        Args:
            operation: name of the operation, one of METHODS.
            account: label of the account.
            arguments: decoded query.

        Returns:
            The body of a successful response, without the request ID.

        Raises:
            Refusal: the API rejects the request.
        """
        return METHODS[operation][1](self, account, arguments)

    def list_contexts(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run ListContexts: return one page of the account's contexts in all regions, oldest first."""
        limit = min(read.number(arguments, "maxResults", 10), self.behaviour.page_limit)
        contexts, count = self._store.page(account, self._after(account, arguments.get("nextToken", "")), limit)
        more = bool(contexts) and bool(self._store.page(account, contexts[-1].number, 1)[0])
        next_token = self._token(account, contexts[-1].number) if more else ""
        data = [_context_data(context) for context in contexts]
        return envelopes.success(data, nextToken=next_token, maxResults=limit, totalCount=count)

    def get_context(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run GetContext: find a context by ID, or by name and region, or create it if the name is not used."""
        context_id, name = arguments.get("id", ""), arguments.get("name", "")
        if read.flag(arguments, "allowCreate"):
            if context_id:
                raise envelopes.invalid_parameter("id", "cannot be combined with allowCreate")
            context = self._get_or_create(account, read.region(arguments), read.name(arguments))
        elif context_id or name:
            context = self._look_up(account, context_id, read.region(arguments), name)
        else:
            raise envelopes.invalid_parameter("id or name", "is required")
        context = self._store.count_poll(context)
        return envelopes.success(_context_data(context) | ({} if context.state is None else {"state": context.state}))

    def modify_context(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run ModifyContext: rename a context, unless another context has the name."""
        with self._store.database.transaction():
            context, name = self._find_context(account, arguments, "id"), read.name(arguments)
            existing = self._store.find_by_name(account, context.region, name)
            if existing is not None and existing.id != context.id:
                raise envelopes.name_taken()
            self._store.rename(context.id, name)
        return envelopes.success()

    def delete_context(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run DeleteContext: delete a context and its files."""
        with self._store.database.transaction():
            context = self._find_writable(account, arguments)
            self._store.delete(context.id, keep_record=self.behaviour.delete_lag > 0)
        return envelopes.success()

    def clear_context(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run ClearContext: start a clear, unless one is already running."""
        with self._store.database.transaction():
            context = self._find_writable(account, arguments)
            if context.state != "clearing":
                self._start_clear(context)
        return envelopes.success()

    def upload_url(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run GetContextFileUploadUrl: return a URL for a PUT of one file."""
        return self._signed_url("PUT", account, arguments)

    def download_url(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run GetContextFileDownloadUrl: return a URL for a GET of one file, even if it does not exist."""
        return self._signed_url("GET", account, arguments)

    def delete_file(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run DeleteContextFile: delete one file."""
        with self._store.database.transaction():
            context, path = self._find_context(account, arguments, "contextId"), read.file_path(arguments)
            if not self._store.remove_file(context.id, path):
                raise envelopes.file_not_found()
        return envelopes.success()

    def describe_files(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """Run DescribeContextFiles: return one page of the files below a directory, recursively, sorted by path."""
        context = self._find_context(account, arguments, "contextId")
        number = read.number(arguments, "pageNumber", 1)
        size = min(read.number(arguments, "pageSize", 50), self.behaviour.page_limit)
        directory, time_shown = read.parent_directory(arguments), self._listing_time(context.id)
        files, count = self._store.files.page(context.id, directory, time_shown, offset=(number - 1) * size, limit=size)
        return envelopes.success([_file_data(context, file) for file in files], count=count)

    def reset_listings(self) -> None:
        """Reset the listing counts, so that the next listing of every context is current."""
        self._listing_counts.clear()

    def _get_or_create(self, account: str, region: str, name: str) -> ContextRecord:
        with self._store.database.transaction():
            context = self._store.find_by_name(account, region, name, delete_lag=self.behaviour.delete_lag)
            if context is not None:
                return context
            state, seconds = self.behaviour.new_context_state, self.behaviour.prepare_seconds
            return self._store.create(account, region, name, state, seconds)

    def _look_up(self, account: str, context_id: str, region: str, name: str) -> ContextRecord:
        delete_lag = self.behaviour.delete_lag
        if context_id:
            context = self._store.find(account, context_id, delete_lag=delete_lag)
        else:
            context = self._store.find_by_name(account, region, name, delete_lag=delete_lag)
        if context is None:
            raise envelopes.context_not_found()
        return context

    def _find_context(self, account: str, arguments: Arguments, parameter: str) -> ContextRecord:
        context = self._store.find(account, read.required(arguments, parameter))
        if context is None:
            raise envelopes.context_not_found()
        return context

    def _find_writable(self, account: str, arguments: Arguments) -> ContextRecord:
        context = self._find_context(account, arguments, "id")
        if self.behaviour.refuse_in_use and context.state == "in-use":
            raise envelopes.context_in_use(context.state)
        return context

    def _start_clear(self, context: ContextRecord) -> None:
        behaviour = self.behaviour
        by_time = not behaviour.clear_stuck and behaviour.clear_polls is None
        settles_at = time.time() + behaviour.clear_seconds if by_time else None
        polls_left = None if behaviour.clear_stuck else behaviour.clear_polls
        self._store.set_state(context.id, "clearing", settles_at=settles_at, polls_left=polls_left)

    def _signed_url(self, method: str, account: str, arguments: Arguments) -> dict[str, Any]:
        context, path = self._find_context(account, arguments, "contextId"), read.file_path(arguments)
        expires = str(int(time.time()) + self.behaviour.url_seconds)
        signature = self.signer.sign(method, account, context.id, path, expires)
        location = f"{self._objects_url}/{account}/{context.id}{quote(path)}"
        return envelopes.success(
            {"url": f"{location}?expires={expires}&signature={signature}", "expireTime": int(expires)}
        )

    def _listing_time(self, context_id: str) -> float | None:
        """Return the time as of which a listing shows a context, in seconds since the epoch; None for the present.

        With `listing_flapping`, a current and an outdated replica alternate.
        """
        lag = self.behaviour.listing_lag
        if self.behaviour.listing_flapping:
            count = self._listing_counts.get(context_id, 0)
            self._listing_counts[context_id] = count + 1
            lag = 0 if count % 2 == 0 else lag or FLAPPING_LAG
        return time.time() - lag if lag else None

    def _token(self, account: str, number: int) -> str:
        return f"{number}.{self.signer.sign(_LISTING_TOKEN, account, str(number))}"

    def _after(self, account: str, token: str) -> int:
        number, _, signature = token.partition(".")
        if not token:
            return 0
        if not self.signer.matches(signature, _LISTING_TOKEN, account, number):
            raise envelopes.invalid_parameter("nextToken", "is not the token of a previous page")
        return int(number)


def _context_data(context: ContextRecord) -> dict[str, Any]:
    return {
        "id": context.id,
        "name": context.name,
        "createTime": envelopes.date(context.created),
        "lastUsedTime": envelopes.date(context.used),
    }


def _file_data(context: ContextRecord, file: FileRecord) -> dict[str, Any]:
    identity = hashlib.sha256(f"{context.id}{file.path}".encode()).hexdigest()
    return {
        "fileId": f"file-{identity[:24]}",
        "fileName": file.path.rpartition("/")[2],
        "filePath": file.path,
        "fileType": "file",
        "gmtCreate": envelopes.date(file.created),
        "gmtModified": envelopes.date(file.modified),
        "size": file.size,
        "status": "available",
    }


METHODS: dict[str, tuple[str, Callable[[Operations, str, Arguments], dict[str, Any]]]] = {
    "ListContexts": ("GET", Operations.list_contexts),
    "GetContext": ("GET", Operations.get_context),
    "ModifyContext": ("POST", Operations.modify_context),
    "DeleteContext": ("POST", Operations.delete_context),
    "ClearContext": ("POST", Operations.clear_context),
    "GetContextFileUploadUrl": ("POST", Operations.upload_url),
    "GetContextFileDownloadUrl": ("POST", Operations.download_url),
    "DeleteContextFile": ("POST", Operations.delete_file),
    "DescribeContextFiles": ("POST", Operations.describe_files),
}
"""HTTP method and implementation of each operation."""
