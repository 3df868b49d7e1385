"""What the operations need of the outside: a Protocol that the client fulfils, and what a provider process shares."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.models import (
    ClearContextResult,
    Context,
    ContextResult,
    FileUrlResult,
    OperationResult,
)
from pulumi_agbcontext.client.upload import Upload
from pulumi_agbcontext.client.waiters import Contexts

DEFAULT_REGION = "cn-hangzhou"
Progress = Callable[[str], None]
REPLACED_TOO_LATE = "a resource of this program that is still to be deleted has it; set its option deleteBeforeReplace"


class FileTransfers(Protocol):
    """Moves contents between this machine and a context, many files at once."""

    def upload_many(
        self, context_id: str, uploads: Sequence[Upload], on_stored: Callable[[Upload], None] | None = None
    ) -> None: ...
    def delete_many(self, context_id: str, paths: Sequence[str]) -> None: ...
    def digest(self, context_id: str, path: str) -> tuple[int, str]: ...
    def exists(self, context_id: str, path: str) -> bool: ...
    def read(self, context_id: str, path: str, limit: int) -> bytes | None: ...


class ContextApi(Contexts, Protocol):
    """The calls of the Context API that the lifecycle makes, spelled as in its reference."""

    @property
    def account(self) -> Account: ...
    @property
    def transfers(self) -> FileTransfers: ...
    def create(self, name: str, login_region_id: str | None = None) -> ContextResult: ...
    def update(self, context: Context) -> OperationResult: ...
    def delete(self, context: Context) -> OperationResult: ...
    def clear_async(self, context_id: str) -> ClearContextResult: ...
    def get_clear_status(self, context_id: str) -> ClearContextResult: ...
    def list_all(self) -> Iterator[Context]: ...
    def get_file_download_url(self, context_id: str, file_path: str) -> FileUrlResult: ...
    def get_file_upload_url(self, context_id: str, file_path: str) -> FileUrlResult: ...


class Claims:
    """Which resource of this process owns a name: two resources with one name are an error where it can be seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[tuple[str, str], threading.Lock] = {}
        self._owned: set[str] = set()
        self._living: set[tuple[str | None, str]] = set()
        self._wanted: dict[tuple[str | None, str], str] = {}

    @contextmanager
    def naming(self, region: str, name: str) -> Iterator[None]:
        """Let one creation at a time deal with a name, so that the second sees what the first has made."""
        with self._lock:
            lock = self._names.setdefault((region, name), threading.Lock())
        with lock:
            yield

    def own(self, context_id: str) -> bool:
        """Record that a resource of this process owns a context or file; False where one does already."""
        with self._lock:
            if context_id in self._owned:
                return False
            self._owned.add(context_id)
            return True

    def own_context(self, context_id: str, paths: Iterable[str]) -> None:
        """Record that a resource of this process owns a context and files in it."""
        with self._lock:
            self._owned.update([context_id, *(f"{context_id}{path}" for path in paths)])

    def release(self, context_id: str) -> None:
        """Forget the owner of a context or file, because it is gone."""
        with self._lock:
            self._owned = {one for one in self._owned if one != context_id and not one.startswith(f"{context_id}/")}

    def named(self, region: str | None, name: str, resource: str) -> str:
        """Record that a resource of the program wants a name; gives another one that wants it already, or nothing."""
        with self._lock:
            first = self._wanted.setdefault((region, name), resource)
        return "" if first == resource else first

    def live(self, region: str | None, name: str) -> None:
        """Record that a name is that of a living resource until its delete or rename.

        The engine decides some replacements alone, and creates before it deletes: the successor would be given the old
        context, and the delete would then take it away.

        Args:
            region: login region; None where the inputs do not say it: then the name counts in every region.
            name: of the context.
        """
        with self._lock:
            self._living.add((region, name))

    def leave(self, name: str) -> None:
        """Forget that a name is that of a living resource."""
        with self._lock:
            self._living = {one for one in self._living if one[1] != name}

    def lives(self, region: str, name: str) -> bool:
        """Tell whether a name is that of a living resource."""
        with self._lock:
            return not self._living.isdisjoint({(region, name), (None, name)})


@dataclass(frozen=True)
class Session:
    """What the operations of one provider process share.

    Attributes:
        contexts: the Context API under one account.
        region: the configured login region, or None.
        progress: shows a line of live status; leaves nothing behind.
        claims: who owns which context in this process.
        records_unfinished: whether the adapter can record an operation that ended early: then a failed create is kept
            and recorded with what it has done, and gone on from at the next update; else it is undone.
    """

    contexts: ContextApi
    region: str | None = None
    progress: Progress = lambda line: None
    claims: Claims = field(default_factory=Claims)
    records_unfinished: bool = False
