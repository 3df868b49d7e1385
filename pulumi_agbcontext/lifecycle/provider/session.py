"""What the operations need of the outside: a Protocol that the client fulfils, and what a provider process shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

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

_SETTLE, _SETTLE_ON_THIS_MACHINE = 0.5, 0.1  # seconds
DEFAULT_REGION = "cn-hangzhou"
Progress = Callable[[str], None]


class StoredDocument(Protocol):
    """One small file of a context."""

    def prepare(self) -> None: ...
    def renew(self) -> None: ...
    def read(self, limit: int) -> bytes | None: ...
    def write(self, content: bytes) -> None: ...


class FileTransfers(Protocol):
    """Moves contents between this machine and a context, many files at once."""

    def upload_many(
        self, context_id: str, uploads: Iterable[Upload], on_stored: Callable[[Upload], None] | None = None
    ) -> None: ...
    def delete_many(self, context_id: str, paths: Sequence[str]) -> None: ...
    def digest(self, context_id: str, path: str) -> tuple[int, str]: ...
    def size(self, context_id: str, path: str) -> int | None: ...
    def document(self, context_id: str, path: str) -> StoredDocument: ...
    def read(self, context_id: str, path: str, limit: int) -> bytes | None: ...


class Erasures(Protocol):
    """The calls that erase data; `before_repeat` may raise to prevent the repeat of one whose outcome is unknown."""

    def delete(self, context_id: str, before_repeat: Callable[[], None] | None = None) -> OperationResult: ...
    def clear(self, context_id: str, before_repeat: Callable[[], None] | None = None) -> OperationResult: ...


class ContextApi(Contexts, Protocol):
    """The calls of the Context API that the lifecycle makes, spelled as in its reference."""

    @property
    def account(self) -> Account: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def transfers(self) -> FileTransfers: ...
    def create(self, name: str, login_region_id: str | None = None) -> ContextResult: ...
    def update(self, context: Context) -> OperationResult: ...
    def get_clear_status(self, context_id: str) -> ClearContextResult: ...
    def list_all(self) -> Iterator[Context]: ...
    def get_file_download_url(self, context_id: str, file_path: str) -> FileUrlResult: ...
    def get_file_upload_url(self, context_id: str, file_path: str) -> FileUrlResult: ...


@dataclass(frozen=True)
class Session:
    """What the operations of one provider process share.

    Attributes:
        contexts: the Context API under one account.
        region: the configured login region, or None.
        progress: shows a line of live status; leaves nothing behind.
        warn: shows a warning that stays in the engine's output.
        declared: what the program declares, as far as this process has seen it.
        records_unfinished: whether the adapter can record an operation that ended early: then a failed create is kept
            and recorded with what it has done, and gone on from at the next update; else it is undone.
        engine_lives: whether the engine that asked is still there. Without it nothing is undone: the next update may
            have begun already, and have taken over what this process has made.
        settle_seconds: how long a claim of ownership waits before it is read back; None for the usual time.
    """

    contexts: ContextApi
    region: str | None = None
    progress: Progress = lambda line: None
    warn: Progress = lambda line: None
    declared: DeclaredResources = field(default_factory=DeclaredResources)
    records_unfinished: bool = False
    engine_lives: Callable[[], bool] = lambda: True
    settle_seconds: float | None = None

    @property
    def settle(self) -> float:
        """Seconds that a claim of ownership waits before it is read back.

        Every competitor reads the record immediately before it writes its own, so one whose read and write lie less
        than this apart is noticed. A service on this machine has no competitor farther away than this process.
        """
        if self.settle_seconds is not None:
            return self.settle_seconds
        return _SETTLE_ON_THIS_MACHINE if self.contexts.account.is_local else _SETTLE

    def refuse_another_account(self, context_id: str, account: str, error: NotFoundError) -> None:
        """Take a not-found as proof that a context was deleted only under the account that created it.

        Args:
            context_id: the API's id.
            account: fingerprint of the account that created the context; empty where it is not known.
            error: the not-found.

        Raises:
            AnotherAccountError: the state was written under another account.
        """
        if account and account != self.contexts.account.fingerprint:
            raise messages.another_account(context_id, error.request_id) from error
