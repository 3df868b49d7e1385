"""Contexts by account and region, with their states and files."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pulumi_agbcontext.testing.server.blobs import Blobs, Spool
from pulumi_agbcontext.testing.server.database import Database
from pulumi_agbcontext.testing.server.stored_files import Files
from pulumi_agbcontext.testing.server.threads import in_thread

_ALPHABET = string.ascii_lowercase + string.digits
_COLUMNS = "number, id, account, region, name, created, used, state, settles_at, polls_left, deleted"


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ContextRecord:
    """Context, with its state and times in seconds since the epoch.

    Args:
        number: position in the order of creation.
        id: ID in the API.
        account: label of the account.
        region: region in which the context was created.
        name: name, unique within account and region.
        created: time of creation.
        used: time of the last change to its files.
        state: state in the API; None omits it from responses.
        settles_at: time at which the context becomes `available`; None if it does not depend on the time.
        polls_left: number of reads before it becomes `available`; None if it does not depend on reads.
        deleted: time of deletion, if the context can still be found.
    """

    number: int
    id: str
    account: str
    region: str
    name: str
    created: float
    used: float
    state: str | None
    settles_at: float | None
    polls_left: int | None
    deleted: float | None


class Store:
    """Contexts and files, in memory or in a directory; safe to share between threads.

    Args:
        data: `:memory:`, or a directory, which is created if it does not exist.

    Raises:
        RuntimeError: another server uses the directory.
    """

    def __init__(self, data: str | Path) -> None:
        directory = None if data == ":memory:" else Path(data).absolute()
        if directory is not None:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._durable = directory is not None
        self.database = Database(directory / "contexts.sqlite3" if directory else None)
        self.blobs = Blobs(directory)
        self.files = Files(self.database, self.blobs)
        self.keep_history = False
        if directory is not None:
            self.blobs.sweep({sha256 for (sha256,) in self.database.rows("SELECT DISTINCT sha256 FROM files")})

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function that uses the store from the event loop; in a thread if it may wait for the disk."""
        return await in_thread(work, *arguments) if self._durable else work(*arguments)

    def create(self, account: str, region: str, name: str, state: str | None, seconds: float | None) -> ContextRecord:
        """Create a context.

        Args:
            account: label of the account.
            region: ID of the region.
            name: name that no context has in the account and region.
            state: initial state.
            seconds: time until the context becomes `available`, in seconds; None leaves its state unchanged.
        """
        now = time.time()
        context_id = "SdkCtx-" + "".join(secrets.choice(_ALPHABET) for _ in range(17))
        settles_at = None if seconds is None else now + seconds
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO contexts (id, account, region, name, created, used, state, settles_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (context_id, account, region, name, now, now, state, settles_at),
            )
            return self._get(context_id)

    def find(self, account: str, context_id: str, *, delete_lag: float = 0.0) -> ContextRecord | None:
        """Find a context by ID in any region.

        Args:
            account: label of the account.
            context_id: ID of the context.
            delete_lag: time during which a deleted context is still found, in seconds.
        """
        where = "account = ? AND id = ? AND (deleted IS NULL OR deleted > ?)"
        return self._find_settled(where, account, context_id, time.time() - delete_lag)

    def find_by_name(self, account: str, region: str, name: str, *, delete_lag: float = 0.0) -> ContextRecord | None:
        """Find a context by name in a region; prefer a context that is not deleted.

        Args:
            account: label of the account.
            region: ID of the region.
            name: name of the context.
            delete_lag: time during which a deleted context is still found, in seconds.
        """
        where = "account = ? AND region = ? AND name = ? AND (deleted IS NULL OR deleted > ?)"
        return self._find_settled(where, account, region, name, time.time() - delete_lag)

    def page(self, account: str, after: int, limit: int) -> tuple[list[ContextRecord], int]:
        """Return a page of the contexts in all regions, oldest first, and the number of contexts in the account.

        Args:
            account: label of the account.
            after: number of the context before the page.
            limit: maximum number of contexts; -1 returns all.
        """
        where = "account = ? AND deleted IS NULL"
        with self.database.transaction():
            count: int = self.database.rows(f"SELECT count(*) FROM contexts WHERE {where}", account)[0][0]  # noqa: S608
            query = f"SELECT {_COLUMNS} FROM contexts WHERE {where} AND number > ? ORDER BY number LIMIT ?"  # noqa: S608
            return [ContextRecord(*row) for row in self.database.rows(query, account, after, limit)], count

    def rename(self, context_id: str, name: str) -> None:
        """Rename a context to a name that no other context has."""
        self._update(context_id, name=name)

    def set_state(
        self, context_id: str, state: str | None, *, settles_at: float | None = None, polls_left: int | None = None
    ) -> None:
        """Set the state of a context.

        Args:
            context_id: ID of the context.
            state: new state.
            settles_at: time at which the context becomes `available`; None if it does not depend on the time.
            polls_left: number of reads before it becomes `available`; None if it does not depend on reads.
        """
        self._update(context_id, state=state, settles_at=settles_at, polls_left=polls_left)

    def count_poll(self, context: ContextRecord) -> ContextRecord:
        """Count a read of the context and return the context as read. It settles after the last counted read."""
        if context.polls_left is None:
            return context
        with self.database.transaction():
            if context.polls_left == 0:
                self._settle(context)
            else:
                self._update(context.id, polls_left=context.polls_left - 1)
                return context
            return self._get(context.id)

    def delete(self, context_id: str, *, keep_record: bool) -> None:
        """Delete a context and its files.

        Args:
            context_id: ID of the context.
            keep_record: keep the context itself, so that delayed reads still find it.
        """
        with self.database.transaction() as connection:
            self.files.erase(context_id, time.time(), keep_history=False)
            if keep_record:
                self._update(context_id, deleted=time.time())
            else:
                connection.execute("DELETE FROM contexts WHERE id = ?", (context_id,))

    def put_file(self, account: str, context_id: str, path: str, spool: Spool) -> bool:
        """Store a complete body durably.

        Returns:
            False, and nothing is stored, if the context does not exist.
        """
        self.blobs.flush(spool)
        with self.database.transaction():
            if self.find(account, context_id) is None:
                return False
            now = time.time()
            self.files.put(context_id, path, spool, now, keep_history=self.keep_history)
            self._update(context_id, used=now)
        return True

    def remove_file(self, context_id: str, path: str) -> bool:
        """Remove a file of a context. Return whether it existed."""
        with self.database.transaction():
            now = time.time()
            removed = self.files.remove(context_id, path, now, keep_history=self.keep_history)
            if removed:
                self._update(context_id, used=now)
            return removed

    def contents(self, context_id: str) -> dict[str, bytes]:
        """Return the contents of a context by path."""
        with self.database.transaction():
            files, _ = self.files.page(context_id, "", None, offset=0, limit=-1)
            return {file.path: self.blobs.read(file.sha256) for file in files}

    def clear(self) -> None:
        """Delete all contexts and files."""
        with self.database.transaction():
            self.database.clear()
            self.database.after_commit(self.blobs.clear)

    def close(self) -> None:
        """Close the database and remove temporary files."""
        self.database.close()
        self.blobs.close()

    def _find_settled(self, where: str, *values: Any) -> ContextRecord | None:
        with self.database.transaction():
            query = f"SELECT {_COLUMNS} FROM contexts WHERE {where} ORDER BY deleted IS NOT NULL, number DESC LIMIT 1"  # noqa: S608
            rows = self.database.rows(query, *values)
            if not rows:
                return None
            context = ContextRecord(*rows[0])
            if context.settles_at is None or time.time() < context.settles_at:
                return context
            self._settle(context)
            return self._get(context.id)

    def _settle(self, context: ContextRecord) -> None:
        """Make a context `available`. The end of a clear removes all files, including those uploaded during it."""
        if context.state == "clearing":
            self.files.erase(context.id, time.time(), keep_history=self.keep_history)
        self.set_state(context.id, "available")

    def _get(self, context_id: str) -> ContextRecord:
        return ContextRecord(*self.database.rows(f"SELECT {_COLUMNS} FROM contexts WHERE id = ?", context_id)[0])  # noqa: S608

    def _update(self, context_id: str, **values: Any) -> None:
        assignments = ", ".join(f"{name} = ?" for name in values)
        with self.database.transaction() as connection:
            connection.execute(f"UPDATE contexts SET {assignments} WHERE id = ?", (*values.values(), context_id))  # noqa: S608
