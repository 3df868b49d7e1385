"""Live progress of an upload: files, bytes, rate and remaining time."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, cast

from pulumi_agbcontext.messages import progress

_EVERY_SECONDS = 1.0  # a shorter upload shows no progress


class SeedProgress:
    """Counter of uploaded files and bytes that shows the progress once a second.

    Args:
        show: callback for one line of live status.
        name: logical name of the context, or its id if the name is unknown.
        files: number of files to upload.
        size: total size of the files in bytes.
    """

    def __init__(self, show: Callable[[str], None], name: str, files: int, size: int) -> None:
        self._show = show
        self._name = name
        self._files, self._size = files, size
        self._files_sent = self._bytes_sent = 0
        self._started = self._shown = time.monotonic()
        self._lock = threading.Lock()

    def stored(self) -> None:
        """Count a stored file."""
        self._files_sent += 1
        self._add(0)

    def counted(self, stream: BinaryIO) -> BinaryIO:
        """Return a stream that counts the bytes read from it, so that a single large file shows progress too."""
        return counted(stream, self._add)

    def _add(self, size: int) -> None:
        now = time.monotonic()
        with self._lock:
            # A retried upload is read again, so the count is capped at the total.
            self._bytes_sent = min(self._bytes_sent + size, self._size)
            if now - self._shown < _EVERY_SECONDS or self._files_sent >= self._files:
                return
            self._shown = now
        self._show(self._line(now - self._started))

    def _line(self, seconds: float) -> str:
        share = self._bytes_sent / self._size if self._size else self._files_sent / self._files
        remaining = seconds / share - seconds if share > 0 else None
        return progress.uploading(
            self._name, self._files_sent, self._files, self._bytes_sent, self._size, seconds, remaining
        )


def counted(stream: BinaryIO, add: Callable[[int], None]) -> BinaryIO:
    """Return a stream that counts the bytes that are read from it or written to it.

    Args:
        stream: the stream, which is closed together with the returned stream.
        add: callback that adds a number of bytes.
    """
    return cast(BinaryIO, _Counted(stream, add))


class _Counted(io.RawIOBase):
    def __init__(self, stream: BinaryIO, add: Callable[[int], None]) -> None:
        self._stream = stream
        self._add = add

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._add(len(block))
        return block

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # the base class takes any buffer
        self._add(len(piece))
        return self._stream.write(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()
