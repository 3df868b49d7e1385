"""What the server holds: contexts by account and region, their states and their files."""

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
    """One context.

    Args:
        number: its place in the order of creation.
        id: the API's id.
        account: label of the account it belongs to.
        region: the region it was made in.
        name: unique within account and region.
        created: seconds since the epoch.
        used: when its files last changed, seconds since the epoch.
        state: as the API names it; None answers without one.
        settles_at: when it becomes `available` by itself; None: not by time.
        polls_left: how many more reads see the state before it becomes `available`; None: not by reads.
        deleted: when it was deleted, where it is still to be found.
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
    """Contexts and files, in memory or in a folder; safe to use from several threads.

    Args:
        data: `:memory:`, or a folder that is made where it is missing.

    Raises:
        RuntimeError: another server uses the folder.
    """

    def __init__(self, data: str | Path) -> None:
        folder = None if data == ":memory:" else Path(data).absolute()
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._durable = folder is not None
        self.database = Database(folder / "contexts.sqlite3" if folder else None)
        self.blobs = Blobs(folder)
        self.files = Files(self.database, self.blobs)
        self.keep_history = False
        if folder is not None:
            self.blobs.sweep({sha256 for (sha256,) in self.database.rows("SELECT DISTINCT sha256 FROM files")})

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Do something with the store from the event loop: in a thread where it may wait for a disk or its lock."""
        return await in_thread(work, *arguments) if self._durable else work(*arguments)

    def create(self, account: str, region: str, name: str, state: str | None, seconds: float | None) -> ContextRecord:
        """Make a context; the name is free in its account and region.

        Args:
            account: label of the account.
            region: the region's id.
            name: the new context's name.
            state: its first state.
            seconds: after how long it becomes `available`; None: never by itself.

        Returns:
            The context.
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
            return self._one("id = ?", context_id)

    def find(self, account: str, context_id: str, *, ghost_seconds: float = 0.0) -> ContextRecord | None:
        """Find a context by id in any region; deleted ones too, for so many seconds after their end."""
        since = time.time() - ghost_seconds
        return self._settled("account = ? AND id = ? AND (deleted IS NULL OR deleted > ?)", account, context_id, since)

    def find_by_name(self, account: str, region: str, name: str, *, ghost_seconds: float = 0.0) -> ContextRecord | None:
        """Find a context by name in one region; a living one first."""
        where = "account = ? AND region = ? AND name = ? AND (deleted IS NULL OR deleted > ?)"
        return self._settled(where, account, region, name, time.time() - ghost_seconds)

    def page(self, account: str, after: int, limit: int) -> tuple[list[ContextRecord], int]:
        """Contexts of all regions by age, from the one after a number on; and how many the account has."""
        where = "account = ? AND deleted IS NULL"
        with self.database.transaction():
            count: int = self.database.rows(f"SELECT count(*) FROM contexts WHERE {where}", account)[0][0]  # noqa: S608
            query = f"SELECT {_COLUMNS} FROM contexts WHERE {where} AND number > ? ORDER BY number LIMIT ?"  # noqa: S608
            return [ContextRecord(*row) for row in self.database.rows(query, account, after, limit)], count

    def rename(self, context_id: str, name: str) -> None:
        """Give a context a name that is free."""
        self._update(context_id, name=name)

    def set_state(
        self, context_id: str, state: str | None, *, settles_at: float | None = None, polls_left: int | None = None
    ) -> None:
        """Put a context into a state that ends at a time, after a number of reads, or never by itself."""
        self._update(context_id, state=state, settles_at=settles_at, polls_left=polls_left)

    def count_poll(self, context: ContextRecord) -> ContextRecord:
        """Note that a read saw the context; the read after the last one that counts sees it settled."""
        if context.polls_left is None:
            return context
        with self.database.transaction():
            if context.polls_left == 0:
                self._settle(context)
            else:
                self._update(context.id, polls_left=context.polls_left - 1)
                return context
            return self._one("id = ?", context.id)

    def delete(self, context_id: str, *, ghost: bool) -> None:
        """Delete a context with its files, at once or leaving what a late look may still find."""
        with self.database.transaction() as connection:
            self.files.erase(context_id, time.time(), keep_history=False)
            if ghost:
                self._update(context_id, deleted=time.time())
            else:
                connection.execute("DELETE FROM contexts WHERE id = ?", (context_id,))

    def put_file(self, account: str, context_id: str, path: str, spool: Spool) -> bool:
        """Store a complete body durably; false, and nothing stored, where the context is gone."""
        self.blobs.secure(spool)
        with self.database.transaction():
            if self.find(account, context_id) is None:
                return False
            now = time.time()
            self.files.put(context_id, path, spool, now, keep_history=self.keep_history)
            self._update(context_id, used=now)
        return True

    def remove_file(self, context_id: str, path: str) -> bool:
        """Remove a file of a context; false where there is none."""
        with self.database.transaction():
            now = time.time()
            removed = self.files.remove(context_id, path, now, keep_history=self.keep_history)
            if removed:
                self._update(context_id, used=now)
            return removed

    def contents(self, context_id: str) -> dict[str, bytes]:
        """What a context holds, by path."""
        with self.database.transaction():
            files, _ = self.files.page(context_id, "", None, offset=0, limit=-1)
            return {file.path: self.blobs.read(file.sha256) for file in files}

    def clear(self) -> None:
        """Forget all contexts and files."""
        with self.database.transaction():
            self.database.clear()
            self.database.after_commit(self.blobs.clear)

    def close(self) -> None:
        """Let go of the folder."""
        self.database.close()
        self.blobs.close()

    def _settled(self, where: str, *values: Any) -> ContextRecord | None:
        with self.database.transaction():
            query = f"SELECT {_COLUMNS} FROM contexts WHERE {where} ORDER BY deleted IS NOT NULL, number DESC LIMIT 1"  # noqa: S608
            rows = self.database.rows(query, *values)
            if not rows:
                return None
            context = ContextRecord(*rows[0])
            if context.settles_at is None or time.time() < context.settles_at:
                return context
            self._settle(context)
            return self._one("id = ?", context.id)

    def _settle(self, context: ContextRecord) -> None:
        """A clear ends by erasing everything, also what was uploaded while it ran; a preparation just ends."""
        if context.state == "clearing":
            self.files.erase(context.id, time.time(), keep_history=self.keep_history)
        self.set_state(context.id, "available")

    def _one(self, where: str, *values: Any) -> ContextRecord:
        return ContextRecord(*self.database.rows(f"SELECT {_COLUMNS} FROM contexts WHERE {where}", *values)[0])  # noqa: S608

    def _update(self, context_id: str, **values: Any) -> None:
        assignments = ", ".join(f"{name} = ?" for name in values)
        with self.database.transaction() as connection:
            connection.execute(f"UPDATE contexts SET {assignments} WHERE id = ?", (*values.values(), context_id))  # noqa: S608
