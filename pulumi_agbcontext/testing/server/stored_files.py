"""Files of all contexts, with their earlier versions for outdated listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from pulumi_agbcontext.testing.server.blobs import Blobs, Spool
from pulumi_agbcontext.testing.server.database import Database


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Version of a file, with times in seconds since the epoch.

    Args:
        path: path within the context.
        sha256: digest of the content, in hexadecimal.
        size: size in bytes.
        created: time at which the path was first written.
        modified: time at which this version was written.
    """

    path: str
    sha256: str
    size: int
    created: float
    modified: float


_PRESENT = "context = ? AND until IS NULL"
_COLUMNS = "path, sha256, size, created, since"


class Files:
    """Files by context and path. The caller ensures that the context exists.

    Args:
        database: database of the versions.
        blobs: storage of the contents.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def put(self, context_id: str, path: str, spool: Spool, now: float, *, keep_history: bool) -> None:
        """Set a flushed body as the content of a path, in one transaction."""
        with self._database.transaction() as connection:
            previous = self.find(context_id, path)
            self._blobs.store(spool)
            if previous is not None:
                self._end_version(context_id, path, now, keep_history=keep_history)
            created = now if previous is None else previous.created
            values = (context_id, path, spool.sha256, spool.size, created, now)
            connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, NULL)", values)
            if previous is not None:
                self._remove_unused([previous.sha256])

    def remove(self, context_id: str, path: str, now: float, *, keep_history: bool) -> bool:
        """Remove a file. Return whether it existed."""
        with self._database.transaction():
            previous = self.find(context_id, path)
            if previous is None:
                return False
            self._end_version(context_id, path, now, keep_history=keep_history)
            self._remove_unused([previous.sha256])
            return True

    def erase(self, context_id: str, now: float, *, keep_history: bool) -> None:
        """Remove all files of a context."""
        with self._database.transaction() as connection:
            rows = self._database.rows(f"SELECT DISTINCT sha256 FROM files WHERE {_PRESENT}", context_id)  # noqa: S608
            if keep_history:
                connection.execute(f"UPDATE files SET until = ? WHERE {_PRESENT}", (now, context_id))  # noqa: S608
            else:
                connection.execute("DELETE FROM files WHERE context = ?", (context_id,))
            self._remove_unused([sha256 for (sha256,) in rows])

    def find(self, context_id: str, path: str) -> FileRecord | None:
        """Return the current version of a file."""
        query = f"SELECT {_COLUMNS} FROM files WHERE {_PRESENT} AND path = ?"  # noqa: S608
        rows = self._database.rows(query, context_id, path)
        return FileRecord(*rows[0]) if rows else None

    def open(self, context_id: str, path: str) -> tuple[FileRecord, BinaryIO] | None:
        """Open the current version of a file. It stays readable if the file is removed or overwritten."""
        with self._database.transaction():
            record = self.find(context_id, path)
            return None if record is None else (record, self._blobs.open(record.sha256))

    def page(
        self, context_id: str, directory: str, moment: float | None, *, offset: int, limit: int
    ) -> tuple[list[FileRecord], int]:
        """Return a page of the files below a directory, recursively, sorted by path.

        Args:
            context_id: ID of the context.
            directory: path of the directory, without a trailing slash; empty for the whole context.
            moment: time as of which the files are listed, in seconds since the epoch; None for the present.
            offset: number of files to skip.
            limit: maximum number of files; -1 returns all.

        Returns:
            The files, and the number of files on all pages.
        """
        where = "context = ? AND path > ? AND path < ?"  # between `directory/` and `folder0`: `0` follows `/`
        values: tuple[str | float, ...] = (context_id, f"{directory}/", f"{directory}0")
        if moment is None:
            where += " AND until IS NULL"
        else:
            where += " AND since <= ? AND (until IS NULL OR until > ?)"
            values += (moment, moment)
        with self._database.transaction():
            count: int = self._database.rows(f"SELECT count(*) FROM files WHERE {where}", *values)[0][0]  # noqa: S608
            query = f"SELECT {_COLUMNS} FROM files WHERE {where} ORDER BY path LIMIT ? OFFSET ?"  # noqa: S608
            return [FileRecord(*row) for row in self._database.rows(query, *values, limit, offset)], count

    def _end_version(self, context_id: str, path: str, now: float, *, keep_history: bool) -> None:
        with self._database.transaction() as connection:
            if keep_history:
                query = f"UPDATE files SET until = ? WHERE {_PRESENT} AND path = ?"  # noqa: S608
                connection.execute(query, (now, context_id, path))
            else:
                connection.execute(f"DELETE FROM files WHERE {_PRESENT} AND path = ?", (context_id, path))  # noqa: S608

    def _remove_unused(self, digests: list[str]) -> None:
        """Remove content that no file refers to.

        This runs after the commit. A crash can therefore leave unused content behind, but never remove content in use.
        """

        def remove() -> None:
            for sha256 in digests:
                if not self._database.rows("SELECT 1 FROM files WHERE sha256 = ? AND until IS NULL LIMIT 1", sha256):
                    self._blobs.remove(sha256)

        self._database.after_commit(remove)
