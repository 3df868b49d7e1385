"""Session of a provider process, and the protocols that its API client implements."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.api.models import (
    ClearContextResult,
    Context,
    ContextResult,
    FileUrlResult,
    OperationResult,
)
from pulumi_agbcontext.client.api.replica_lag import Contexts
from pulumi_agbcontext.client.transfer.upload import Upload
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.provider.declared_resources import DeclaredResources
from pulumi_agbcontext.lifecycle.provider.plans import Plans

_SETTLE, _SETTLE_ON_THIS_MACHINE = 0.5, 0.1  # seconds
DEFAULT_REGION = "cn-hangzhou"
Progress = Callable[[str], None]


class StoredDocument(Protocol):
    """A small file in a context."""

    def prepare(self) -> None: ...
    def renew(self) -> None: ...
    def read(self, limit: int) -> bytes | None: ...
    def write(self, content: bytes) -> None: ...


class FileTransfers(Protocol):
    """Parallel uploads, downloads and deletes of the files in a context."""

    def upload_many(
        self, context_id: str, uploads: Iterable[Upload], on_stored: Callable[[Upload], None] | None = None
    ) -> None: ...
    def delete_many(self, context_id: str, paths: Sequence[str]) -> None: ...
    def digest(self, context_id: str, path: str) -> tuple[int, str]: ...
    def delete_unchanged(self, context_id: str, versions: Mapping[str, str]) -> list[str]: ...
    def versions(self, context_id: str, paths: Iterable[str]) -> dict[str, str]: ...
    def size(self, context_id: str, path: str) -> int | None: ...
    def document(self, context_id: str, path: str) -> StoredDocument: ...
    def read(self, context_id: str, path: str, limit: int) -> bytes | None: ...


class Erasures(Protocol):
    """Calls that erase data. `before_retry` may raise to prevent the retry of a call whose outcome is unknown."""

    def delete(self, context_id: str, before_retry: Callable[[], None] | None = None) -> OperationResult: ...
    def clear(self, context_id: str, before_retry: Callable[[], None] | None = None) -> OperationResult: ...


class RemoteDownloads(Protocol):
    """Downloads of URLs in a program. Each URL is downloaded once per process."""

    def download(self, url: str, suffix: str = "") -> Path: ...
    def remember(self, sha256: str, opener: Callable[[], BinaryIO]) -> None: ...
    def opener(self, sha256: str) -> Callable[[], BinaryIO] | None: ...


class ContextApi(Contexts, Protocol):
    """Calls of the Context API that the lifecycle uses, with the names of the API reference."""

    @property
    def account(self) -> Account: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def transfers(self) -> FileTransfers: ...
    @property
    def remote(self) -> RemoteDownloads: ...
    def create(self, name: str, login_region_id: str | None = None) -> ContextResult: ...
    def update(self, context: Context) -> OperationResult: ...
    def get_clear_status(self, context_id: str) -> ClearContextResult: ...
    def list_all(self) -> Iterator[Context]: ...
    def get_file_download_url(self, context_id: str, file_path: str) -> FileUrlResult: ...
    def get_file_upload_url(self, context_id: str, file_path: str) -> FileUrlResult: ...


@dataclass(frozen=True)
class Session:
    """Shared state of the operations of one provider process.

    Attributes:
        contexts: API client of one account.
        region: the configured login region, or None.
        progress: function that shows a line of live status, which disappears when the operation ends.
        inform: function that shows a line that remains in the engine's output.
        warn: function that shows a warning that remains in the engine's output.
        plans: the results of checks and diffs, for the summaries in a preview.
        declared: the resources of the program that this process has checked so far.
        records_unfinished: whether the adapter can record a failed operation. If so, a failed create is kept, recorded
            with its progress, and continued by the next update; otherwise it is rolled back.
        engine_lives: function that returns whether the engine is still running. If the engine has exited, nothing is
            rolled back, because the next update may already be running and may have claimed the context.
        run: key of the engine's run, the same for all provider processes of one run.
        settle_seconds: seconds between writing an owner record and reading it back; None for the default.
    """

    contexts: ContextApi
    region: str | None = None
    progress: Progress = lambda line: None
    inform: Progress = lambda line: None
    warn: Progress = lambda line: None
    declared: DeclaredResources = field(default_factory=DeclaredResources)
    plans: Plans = field(default_factory=Plans)
    records_unfinished: bool = False
    engine_lives: Callable[[], bool] = lambda: True
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    settle_seconds: float | None = None

    @property
    def settle(self) -> float:
        """Return the seconds to wait between writing an owner record and reading it back.

        Every competitor reads the record immediately before it writes its own. A conflict is detected if the
        competitor's read and write are less than this interval apart. The interval is shorter for a server on this
        machine, because its clients are local too.
        """
        if self.settle_seconds is not None:
            return self.settle_seconds
        return _SETTLE_ON_THIS_MACHINE if self.contexts.account.is_local else _SETTLE

    def is_another_account(self, account: str) -> bool:
        """Return whether a recorded account differs from the account of the session.

        Args:
            account: fingerprint of the recorded account; empty if unknown.
        """
        return account not in ("", self.contexts.account.fingerprint)

    def refuse_another_account(self, context_id: str, account: str, error: NotFoundError) -> None:
        """Raise an error if a "not found" response does not prove that a context was deleted.

        The response proves the deletion only in the account that created the context.

        Args:
            context_id: id of the context.
            account: fingerprint of the account that created the context; empty if unknown.
            error: the error for the response.

        Raises:
            AnotherAccountError: another account created the context.
        """
        if self.is_another_account(account):
            raise messages.another_account(context_id, error.request_id) from error
