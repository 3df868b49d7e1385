"""Content-addressed storage of files by SHA-256, in a directory or, for small files, in memory."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import threading
import uuid
from pathlib import Path
from typing import BinaryIO

MAX_IN_MEMORY = 1024 * 1024
"""Maximum size in bytes of an upload that is buffered in memory: 32 concurrent uploads need at most 32 MiB."""


class Spool:
    """Body of an upload in progress, hashed as it arrives. It is kept in memory while it is small, then in a file.

    Args:
        blobs: storage that will receive the complete body.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._digest = hashlib.sha256()
        self._head = bytearray()
        self.size = 0
        self.file: BinaryIO | None = None
        self.path: Path | None = None

    def write(self, chunk: bytes) -> None:
        """Append bytes. A body that becomes larger than MAX_IN_MEMORY is moved to disk."""
        self._digest.update(chunk)
        self.size += len(chunk)
        if self.file is None:
            self._head += chunk
            if self.size > MAX_IN_MEMORY:
                self.spill()
        else:
            self.file.write(chunk)

    def spill(self) -> None:
        """Move the body from memory to a file."""
        self.path = self._blobs.incoming / uuid.uuid4().hex
        self.path.parent.mkdir(exist_ok=True)
        self.file = self.path.open("xb")
        self.file.write(self._head)
        self._head.clear()

    @property
    def sha256(self) -> str:
        """Digest of the bytes written, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def content(self) -> bytes:
        """Bytes written, if the body is still in memory."""
        return bytes(self._head)

    def discard(self) -> None:
        """Remove the temporary file, if the body was not stored."""
        if self.file is not None:
            self.file.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class Blobs:
    """Content of files, by SHA-256.

    Args:
        directory: directory of the contents; None keeps small bodies in memory and others in a temporary directory.
    """

    def __init__(self, directory: Path | None) -> None:
        self._durable = directory is not None
        self._root = directory
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._small: dict[str, bytes] = {}
        self._lock = threading.Lock()
        if directory is not None:
            shutil.rmtree(self.incoming, ignore_errors=True)  # its uploads were never acknowledged

    @property
    def incoming(self) -> Path:
        """Directory of uploads in progress."""
        return self.root / "incoming"

    @property
    def root(self) -> Path:
        """Directory of all contents; a temporary directory is created on first use."""
        with self._lock:
            if self._root is None:
                self._temporary = tempfile.TemporaryDirectory(prefix="agb-server-")
                self._root = Path(self._temporary.name)
            return self._root

    def flush(self, spool: Spool) -> None:
        """Write a complete body to disk, so that `store` only renames its file. This can be slow."""
        if spool.file is None:
            if not self._durable:
                return
            spool.spill()
        if spool.file is None:
            raise RuntimeError("A spilled body must have a file.")
        spool.file.flush()
        if self._durable:
            os.fsync(spool.file.fileno())
        spool.file.close()

    def store(self, spool: Spool) -> None:
        """Make a flushed body readable under its digest, atomically."""
        if spool.path is None:
            self._small[spool.sha256] = spool.content
            return
        target = self._path(spool.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        spool.path.replace(target)

    def open(self, sha256: str) -> BinaryIO:
        """Open the content with a digest for reading. It stays readable if it is removed in the meantime."""
        small = self._small.get(sha256)
        return io.BytesIO(small) if small is not None else self._path(sha256).open("rb")

    def read(self, sha256: str) -> bytes:
        """Return the complete content with a digest."""
        with self.open(sha256) as content:
            return content.read()

    def remove(self, sha256: str) -> None:
        """Remove content that no file refers to."""
        if self._small.pop(sha256, None) is None:
            self._path(sha256).unlink(missing_ok=True)

    def sweep(self, referenced: set[str]) -> None:
        """Remove content that no file refers to, which a killed server can leave behind.

        Args:
            referenced: digests of the contents to keep.
        """
        for path in (self.root / "blobs").glob("*/*"):
            if path.name not in referenced:
                path.unlink()

    def clear(self) -> None:
        """Remove all content."""
        self._small.clear()
        if self._root is not None:
            shutil.rmtree(self._root / "blobs", ignore_errors=True)

    def close(self) -> None:
        """Remove the temporary directory, if one was created."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def _path(self, sha256: str) -> Path:
        return self.root / "blobs" / sha256[:2] / sha256
