"""Content of files, kept under its sha256: in a folder, or in memory as far as it is small."""

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

SMALL = 1024 * 1024
"""Bytes up to which an upload is held in memory while it comes in: 32 at once stay below 32 MiB."""


class Spool:
    """The body of one upload on its way in: hashed as it comes, in memory while small, else in a file.

    Args:
        blobs: where it will be kept.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._digest = hashlib.sha256()
        self._head = bytearray()
        self.size = 0
        self.file: BinaryIO | None = None
        self.path: Path | None = None

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; a chunk that makes the body big goes to disk with all before it."""
        self._digest.update(chunk)
        self.size += len(chunk)
        if self.file is None:
            self._head += chunk
            if self.size > SMALL:
                self.spill()
        else:
            self.file.write(chunk)

    def spill(self) -> None:
        """Move what is in memory to a file."""
        self.path = self._blobs.incoming / uuid.uuid4().hex
        self.path.parent.mkdir(exist_ok=True)
        self.file = self.path.open("xb")
        self.file.write(self._head)
        self._head.clear()

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def content(self) -> bytes:
        """What was written, of a body that is still in memory."""
        return bytes(self._head)

    def discard(self) -> None:
        """Drop the file, unless the body was kept."""
        if self.file is not None:
            self.file.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class Blobs:
    """Contents by sha256.

    Args:
        folder: where they are kept; None keeps small ones in memory and spools big ones to a folder of the moment.
    """

    def __init__(self, folder: Path | None) -> None:
        self._durable = folder is not None
        self._root = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._small: dict[str, bytes] = {}
        self._lock = threading.Lock()
        if folder is not None:
            shutil.rmtree(self.incoming, ignore_errors=True)  # nothing in it was acknowledged

    @property
    def incoming(self) -> Path:
        """Where bodies are spooled."""
        return self.root / "incoming"

    @property
    def root(self) -> Path:
        """The folder of all contents; made at its first use where everything was in memory so far."""
        with self._lock:
            if self._root is None:
                self._temporary = tempfile.TemporaryDirectory(prefix="agb-server-")
                self._root = Path(self._temporary.name)
            return self._root

    def secure(self, spool: Spool) -> None:
        """Bring a complete body to where `keep` only has to rename it; slow where that is a disk."""
        if spool.file is None:
            if not self._durable:
                return
            spool.spill()
        if spool.file is None:
            raise RuntimeError("a spilled body has a file")
        spool.file.flush()
        if self._durable:
            os.fsync(spool.file.fileno())
        spool.file.close()

    def keep(self, spool: Spool) -> None:
        """Make a secured body readable under its digest, whole or not at all."""
        if spool.path is None:
            self._small[spool.sha256] = spool.content
            return
        target = self._path(spool.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        spool.path.replace(target)

    def open(self, sha256: str) -> BinaryIO:
        """Open a content for reading; it stays readable when it is removed meanwhile."""
        small = self._small.get(sha256)
        return io.BytesIO(small) if small is not None else self._path(sha256).open("rb")

    def read(self, sha256: str) -> bytes:
        """A whole content."""
        with self.open(sha256) as content:
            return content.read()

    def remove(self, sha256: str) -> None:
        """Remove a content that no file has any more."""
        if self._small.pop(sha256, None) is None:
            self._path(sha256).unlink(missing_ok=True)

    def sweep(self, wanted: set[str]) -> None:
        """Remove contents that no file has: a server that was killed may leave some."""
        for path in (self.root / "blobs").glob("*/*"):
            if path.name not in wanted:
                path.unlink()

    def clear(self) -> None:
        """Remove all contents."""
        self._small.clear()
        if self._root is not None:
            shutil.rmtree(self._root / "blobs", ignore_errors=True)

    def close(self) -> None:
        """Remove the folder of the moment, where there is one."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def _path(self, sha256: str) -> Path:
        return self.root / "blobs" / sha256[:2] / sha256
