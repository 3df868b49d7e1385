"""Live progress of a long seeding: files, bytes, rate and what remains."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, cast

from pulumi_agbcontext.messages import progress

_EVERY_SECONDS = 1.0  # a short seeding stays silent; a long one speaks from its second second on


class SeedProgress:
    """Counts what a seeding has sent, and shows it once a second.

    Args:
        show: takes one line of live status.
        files: how many are to be sent; known before the first byte.
        size: how many bytes they have.
    """

    def __init__(self, show: Callable[[str], None], files: int, size: int) -> None:
        self._show = show
        self._files, self._size = files, size
        self._files_sent = self._bytes_sent = 0
        self._started = self._shown = time.monotonic()
        self._lock = threading.Lock()

    def stored(self) -> None:
        """Note that one more file is stored."""
        self._files_sent += 1
        self._add(0)

    def counted(self, stream: BinaryIO) -> BinaryIO:
        """Give a stream that counts what is read of it: one large file shows progress, too."""
        return cast(BinaryIO, _Counted(stream, self._add))

    def _add(self, size: int) -> None:
        now = time.monotonic()
        with self._lock:
            # A repeated upload is read again; what is shown never exceeds the whole.
            self._bytes_sent = min(self._bytes_sent + size, self._size)
            if now - self._shown < _EVERY_SECONDS or self._files_sent >= self._files:
                return
            self._shown = now
        self._show(self._line(now - self._started))

    def _line(self, seconds: float) -> str:
        share = self._bytes_sent / self._size if self._size else self._files_sent / self._files
        remaining = seconds / share - seconds if share > 0 else None
        return progress.uploading(self._files_sent, self._files, self._bytes_sent, self._size, seconds, remaining)


class _Counted(io.RawIOBase):
    def __init__(self, stream: BinaryIO, add: Callable[[int], None]) -> None:
        self._stream = stream
        self._add = add

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._add(len(block))
        return block

    def close(self) -> None:
        self._stream.close()
        super().close()
