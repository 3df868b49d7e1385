"""Every operation of the API, free of HTTP: an account and arguments in, the body of a success out, or a refusal."""

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

_LISTING_TOKEN = "contexts"  # noqa: S105 (what a page token is signed for)


class Operations:
    """The API over a store.

    Args:
        store: what it reads and writes.
        behaviour: how lifelike it is.
        objects_url: where the object store is, without a slash at the end.
    """

    def __init__(self, store: Store, behaviour: Behaviour, objects_url: str) -> None:
        self._store = store
        self._objects_url = objects_url
        self.signer = Signer(store.database.secret)
        self.behaviour = behaviour
        self._listings: dict[str, int] = {}

    def perform(self, operation: str, account: str, arguments: Arguments) -> dict[str, Any]:
        """Carry out an operation.

        Args:
            operation: its name, one of METHODS.
            account: label of the account.
            arguments: the query, decoded.

        Returns:
            The body of a success, complete but for the request id.

        Raises:
            Refusal: the API says no.
        """
        return METHODS[operation][1](self, account, arguments)

    def list_contexts(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """ListContexts: one page of the account's contexts, all regions, by age."""
        limit = min(read.number(arguments, "maxResults", 10), self.behaviour.page_limit)
        contexts, count = self._store.page(account, self._after(account, arguments.get("nextToken", "")), limit)
        more = bool(contexts) and bool(self._store.page(account, contexts[-1].number, 1)[0])
        next_token = self._token(account, contexts[-1].number) if more else ""
        data = [_context_data(context) for context in contexts]
        return envelopes.success(data, nextToken=next_token, maxResults=limit, totalCount=count)

    def get_context(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """GetContext: find by id, else by name and region; or create under a name that is free."""
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
        """ModifyContext: rename, unless another context has the name."""
        with self._store.database.transaction():
            context, name = self._context(account, arguments, "id"), read.name(arguments)
            holder = self._store.find_by_name(account, context.region, name)
            if holder is not None and holder.id != context.id:
                raise envelopes.name_taken()
            self._store.rename(context.id, name)
        return envelopes.success()

    def delete_context(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """DeleteContext: the context and its files are gone."""
        with self._store.database.transaction():
            context = self._changeable(account, arguments)
            self._store.delete(context.id, ghost=self.behaviour.delete_lag > 0)
        return envelopes.success()

    def clear_context(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """ClearContext: starts a clear; one that runs already goes on as it was."""
        with self._store.database.transaction():
            context = self._changeable(account, arguments)
            if context.state != "clearing":
                self._start_clear(context)
        return envelopes.success()

    def upload_url(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """GetContextFileUploadUrl: a URL to PUT one file to."""
        return self._signed_url("PUT", account, arguments)

    def download_url(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """GetContextFileDownloadUrl: a URL to GET one file from, whether or not it is there."""
        return self._signed_url("GET", account, arguments)

    def delete_file(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """DeleteContextFile: one file is gone."""
        with self._store.database.transaction():
            context, path = self._context(account, arguments, "contextId"), read.file_path(arguments)
            if not self._store.remove_file(context.id, path):
                raise envelopes.file_not_found()
        return envelopes.success()

    def describe_files(self, account: str, arguments: Arguments) -> dict[str, Any]:
        """DescribeContextFiles: one page of the files below a folder, at any depth, by path."""
        context = self._context(account, arguments, "contextId")
        number = read.number(arguments, "pageNumber", 1)
        size = min(read.number(arguments, "pageSize", 50), self.behaviour.page_limit)
        files, count = self._store.files.page(
            context.id, read.folder(arguments), self._listing_moment(context.id), offset=(number - 1) * size, limit=size
        )
        return envelopes.success([_file_data(context, file) for file in files], count=count)

    def forget(self) -> None:
        """Forget which listings came before: what flaps starts anew."""
        self._listings.clear()

    def _get_or_create(self, account: str, region: str, name: str) -> ContextRecord:
        with self._store.database.transaction():
            ghost = self.behaviour.delete_lag
            context = self._store.find_by_name(account, region, name, ghost_seconds=ghost)
            if context is not None:
                return context
            state, seconds = self.behaviour.new_context_state, self.behaviour.prepare_seconds
            return self._store.create(account, region, name, state, seconds)

    def _look_up(self, account: str, context_id: str, region: str, name: str) -> ContextRecord:
        ghost = self.behaviour.delete_lag
        if context_id:
            context = self._store.find(account, context_id, ghost_seconds=ghost)
        else:
            context = self._store.find_by_name(account, region, name, ghost_seconds=ghost)
        if context is None:
            raise envelopes.context_not_found()
        return context

    def _context(self, account: str, arguments: Arguments, parameter: str) -> ContextRecord:
        context = self._store.find(account, read.required(arguments, parameter))
        if context is None:
            raise envelopes.context_not_found()
        return context

    def _changeable(self, account: str, arguments: Arguments) -> ContextRecord:
        context = self._context(account, arguments, "id")
        if self.behaviour.refuse_in_use and context.state == "in-use":
            raise envelopes.context_in_use(context.state)
        return context

    def _start_clear(self, context: ContextRecord) -> None:
        manner = self.behaviour
        by_time = not manner.clear_stuck and manner.clear_polls is None
        settles_at = time.time() + manner.clear_seconds if by_time else None
        polls_left = None if manner.clear_stuck else manner.clear_polls
        self._store.set_state(context.id, "clearing", settles_at=settles_at, polls_left=polls_left)

    def _signed_url(self, method: str, account: str, arguments: Arguments) -> dict[str, Any]:
        context, path = self._context(account, arguments, "contextId"), read.file_path(arguments)
        expires = str(int(time.time()) + self.behaviour.url_seconds)
        signature = self.signer.sign(method, account, context.id, path, expires)
        location = f"{self._objects_url}/{account}/{context.id}{quote(path)}"
        return envelopes.success(
            {"url": f"{location}?expires={expires}&signature={signature}", "expireTime": int(expires)}
        )

    def _listing_moment(self, context_id: str) -> float | None:
        """As of when a listing shows the context: two replicas that take turns where listings flap."""
        lag = self.behaviour.listing_lag
        if self.behaviour.listing_flapping:
            turn = self._listings.get(context_id, 0)
            self._listings[context_id] = turn + 1
            lag = 0 if turn % 2 == 0 else lag or FLAPPING_LAG
        return time.time() - lag if lag else None

    def _token(self, account: str, number: int) -> str:
        return f"{number}.{self.signer.sign(_LISTING_TOKEN, account, str(number))}"

    def _after(self, account: str, token: str) -> int:
        number, _, signature = token.partition(".")
        if not token:
            return 0
        if not self.signer.matches(signature, _LISTING_TOKEN, account, number):
            raise envelopes.invalid_parameter("nextToken", "is not a token of an earlier page")
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
"""Operation → HTTP method, and what carries it out."""
