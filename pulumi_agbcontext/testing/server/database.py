"""SQLite database of the server, with one connection and one transaction at a time."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS contexts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    created REAL NOT NULL, used REAL NOT NULL, state TEXT,
    settles_at REAL,      -- time at which the state becomes `available`
    polls_left INTEGER,   -- number of reads after which it becomes `available`
    deleted REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS taken_names ON contexts (account, region, name) WHERE deleted IS NULL;
CREATE TABLE IF NOT EXISTS files (
    context TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    created REAL NOT NULL,
    since REAL NOT NULL,  -- a row is one version of a file: the content of the path from this time
    until REAL            -- to this time; NULL for the current version
);
CREATE UNIQUE INDEX IF NOT EXISTS present_files ON files (context, path) WHERE until IS NULL;
CREATE INDEX IF NOT EXISTS past_files ON files (context, path) WHERE until IS NOT NULL;
CREATE INDEX IF NOT EXISTS contents ON files (sha256) WHERE until IS NULL;
DELETE FROM contexts WHERE deleted IS NOT NULL;
DELETE FROM files WHERE until IS NOT NULL;
"""


class Database:
    """Database of contexts and files.

    A commit survives a crash of the process. With WAL and `synchronous=NORMAL`, a power failure can lose the last
    commits but does not corrupt the database. The file is locked, so that a second server cannot use the same data.

    Args:
        file: database file; None keeps the database in memory.

    Raises:
        RuntimeError: another server uses the file, or it cannot be opened.
    """

    def __init__(self, file: Path | None) -> None:
        self._lock = threading.RLock()
        self._after_commit: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(file or ":memory:", isolation_level=None, check_same_thread=False, timeout=1)
        try:
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript("BEGIN IMMEDIATE;" + _SCHEMA + "COMMIT;")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise RuntimeError(
                f"{file} cannot be used ({error}). If another server uses it, stop that server"
            ) from error
        self.secret = self._secret()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction under the lock. A nested transaction joins the outer one."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._after_commit.clear()
                self._connection.execute("ROLLBACK")
                raise
            while self._after_commit:
                self._after_commit.pop()()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Schedule an action for after the commit of the current transaction. A rollback discards it."""
        self._after_commit.append(action)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def clear(self) -> None:
        """Delete all contexts and files, but keep the secret."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM contexts")
            connection.execute("DELETE FROM files")

    def close(self) -> None:
        """Close the database. All commits are already written."""
        with self._lock:
            self._connection.close()

    def _secret(self) -> bytes:
        """Return the secret that signs URLs. It is stored with the data, so that URLs stay valid after a restart."""
        with self.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO settings VALUES ('secret', ?)", (secrets.token_bytes(32),))
        (value,) = self.rows("SELECT value FROM settings WHERE name = 'secret'")[0]
        return bytes(value)
