"""Progress bar of a transfer, if tqdm is installed and the command runs in a terminal."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

Count = Callable[[int], None]
"""Callback that adds a number of transferred bytes; safe to call from any thread."""


@contextmanager
def progress_bar(action: str, size: int) -> Iterator[Count]:
    """Show a progress bar on stderr during a block.

    Args:
        action: what is done, for example "Downloading".
        size: total size in bytes.

    Returns:
        Callback that adds transferred bytes.
    """
    try:
        from tqdm import tqdm
    except ImportError:  # the extra `commands` is not installed
        yield lambda _size: None
        return
    lock, left = threading.Lock(), size
    with tqdm(
        desc=action, total=size, unit="B", unit_scale=True, unit_divisor=1024, disable=not sys.stderr.isatty()
    ) as bar:

        def count(size: int) -> None:
            nonlocal left
            with lock:
                size = min(size, left)  # a retry transfers the same bytes again
                left -= size
                bar.update(size)

        yield count


def counted(stream: BinaryIO, count: Count) -> BinaryIO:
    """Return a stream that counts the bytes that are read from it or written to it."""
    return cast(BinaryIO, _Counted(stream, count))


class _Counted(io.RawIOBase):
    def __init__(self, stream: BinaryIO, count: Count) -> None:
        self._stream = stream
        self._count = count

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._count(len(block))
        return block

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # the base class takes any buffer
        self._count(len(piece))
        return self._stream.write(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()
