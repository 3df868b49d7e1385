"""The files of all contexts: what each path holds, held before, and shows in listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from pulumi_agbcontext.testing.server.blobs import Blobs, Spool
from pulumi_agbcontext.testing.server.database import Database


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One version of a file.

    Args:
        path: where it is in its context.
        sha256: the digest of its content.
        size: bytes.
        created: when the path was first written, seconds since the epoch.
        modified: when this version was written.
    """

    path: str
    sha256: str
    size: int
    created: float
    modified: float


_PRESENT = "context = ? AND until IS NULL"
_COLUMNS = "path, sha256, size, created, since"


class Files:
    """Files by context and path; the caller has made sure that the context exists.

    Args:
        database: where versions are written down.
        blobs: where contents are kept.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def put(self, context_id: str, path: str, spool: Spool, now: float, *, keep_history: bool) -> None:
        """Make a secured body the content of a path, in one transaction."""
        with self._database.transaction() as connection:
            before = self.find(context_id, path)
            self._blobs.keep(spool)
            if before is not None:
                self._end(context_id, path, now, keep_history=keep_history)
            created = now if before is None else before.created
            values = (context_id, path, spool.sha256, spool.size, created, now)
            connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, NULL)", values)
            if before is not None:
                self._drop_unused([before.sha256])

    def remove(self, context_id: str, path: str, now: float, *, keep_history: bool) -> bool:
        """Remove a file; false where there is none."""
        with self._database.transaction():
            before = self.find(context_id, path)
            if before is None:
                return False
            self._end(context_id, path, now, keep_history=keep_history)
            self._drop_unused([before.sha256])
            return True

    def erase(self, context_id: str, now: float, *, keep_history: bool) -> None:
        """Remove all files of a context."""
        with self._database.transaction() as connection:
            rows = self._database.rows(f"SELECT DISTINCT sha256 FROM files WHERE {_PRESENT}", context_id)  # noqa: S608
            if keep_history:
                connection.execute(f"UPDATE files SET until = ? WHERE {_PRESENT}", (now, context_id))  # noqa: S608
            else:
                connection.execute("DELETE FROM files WHERE context = ?", (context_id,))
            self._drop_unused([sha256 for (sha256,) in rows])

    def find(self, context_id: str, path: str) -> FileRecord | None:
        """What a path holds now."""
        query = f"SELECT {_COLUMNS} FROM files WHERE {_PRESENT} AND path = ?"  # noqa: S608
        rows = self._database.rows(query, context_id, path)
        return FileRecord(*rows[0]) if rows else None

    def open(self, context_id: str, path: str) -> tuple[FileRecord, BinaryIO] | None:
        """What a path holds now, opened; it stays readable when it is removed or overwritten meanwhile."""
        with self._database.transaction():
            record = self.find(context_id, path)
            return None if record is None else (record, self._blobs.open(record.sha256))

    def page(
        self, context_id: str, folder: str, moment: float | None, *, offset: int, limit: int
    ) -> tuple[list[FileRecord], int]:
        """One page of the files below a folder at any depth, by path.

        Args:
            context_id: the context.
            folder: a folder's path without a slash at its end; empty for the whole context.
            moment: show the context as it was then, in seconds since the epoch; None: as it is.
            offset: files to pass over.
            limit: files to show.

        Returns:
            The files, and how many there are on all pages.
        """
        where = "context = ? AND path > ? AND path < ?"  # between `folder/` and `folder0`: `0` follows `/`
        values: tuple[str | float, ...] = (context_id, f"{folder}/", f"{folder}0")
        if moment is None:
            where += " AND until IS NULL"
        else:
            where += " AND since <= ? AND (until IS NULL OR until > ?)"
            values += (moment, moment)
        with self._database.transaction():
            count: int = self._database.rows(f"SELECT count(*) FROM files WHERE {where}", *values)[0][0]  # noqa: S608
            query = f"SELECT {_COLUMNS} FROM files WHERE {where} ORDER BY path LIMIT ? OFFSET ?"  # noqa: S608
            return [FileRecord(*row) for row in self._database.rows(query, *values, limit, offset)], count

    def _end(self, context_id: str, path: str, now: float, *, keep_history: bool) -> None:
        with self._database.transaction() as connection:
            if keep_history:
                query = f"UPDATE files SET until = ? WHERE {_PRESENT} AND path = ?"  # noqa: S608
                connection.execute(query, (now, context_id, path))
            else:
                connection.execute(f"DELETE FROM files WHERE {_PRESENT} AND path = ?", (context_id, path))  # noqa: S608

    def _drop_unused(self, digests: list[str]) -> None:
        """Remove contents that no file has any more; after the commit: a crash may leave too much, never too little."""

        def drop() -> None:
            for sha256 in digests:
                if not self._database.rows("SELECT 1 FROM files WHERE sha256 = ? AND until IS NULL LIMIT 1", sha256):
                    self._blobs.remove(sha256)

        self._database.after_commit(drop)
