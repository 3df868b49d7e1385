"""Uploads to a context. Each file is read once and hashed as it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from pulumi_agbcontext import messages

# Up to this size in bytes, a file is read and verified completely before its first byte is sent.
_SMALL = 256 * 1024
# A larger file is sent in blocks; each of up to sixteen concurrent large uploads holds three blocks in memory.
_BLOCK = 512 * 1024


@dataclass(frozen=True)
class Upload:
    """A file to store, with its size and digest from `check`; the digest may be secret and is omitted from `repr`.

    Args:
        path: absolute path within the context.
        size: size in bytes.
        sha256: SHA-256 of the content, as hex digits.
        open: opens the content at its beginning; called once per attempt.
    """

    path: str
    size: int
    sha256: str = field(repr=False)
    open: Callable[[], BinaryIO] = field(repr=False)

    @contextmanager
    def body(self) -> Iterator[bytes | Iterator[bytes]]:
        """Open the source and yield the content, of exactly `size` bytes.

        The last block is withheld until the digest of the complete content is verified. If the source has changed, the
        error ends the request prematurely, and an incomplete request stores nothing.

        Returns:
            Bytes for a small file, an iterator of blocks for a larger one.

        Raises:
            SourceChangedError: the content has changed since `check` or cannot be read. The iterator may also raise it.
        """
        with self._opened() as source:
            if self.size <= _SMALL:
                yield self._whole(source)
                return
            with closing(self._blocks(source)) as blocks:
                yield blocks

    def _whole(self, source: BinaryIO) -> bytes:
        content = self._read(source, self.size + 1, enough=self.size)
        if len(content) != self.size or hashlib.sha256(content).hexdigest() != self.sha256:
            raise messages.source_changed(self.path)
        return content

    def _blocks(self, source: BinaryIO) -> Generator[bytes]:
        digest = hashlib.sha256()
        left = self.size
        block = b""
        with ThreadPoolExecutor(1, "agbcontext-hash") as hasher:  # hashes a block while it is sent
            while left:
                block = self._read(source, min(left, _BLOCK))
                if not block:
                    raise messages.source_changed(self.path)
                left -= len(block)
                hashing = hasher.submit(digest.update, block)
                if left:
                    yield block
                hashing.result()
        if self._read(source, 1) or digest.hexdigest() != self.sha256:
            raise messages.source_changed(self.path)
        yield block

    def _opened(self) -> BinaryIO:
        try:
            return self.open()
        except OSError as error:
            raise messages.source_unreadable(self.path, error.strerror or type(error).__name__) from None

    def _read(self, source: BinaryIO, size: int, enough: int | None = None) -> bytes:
        """Read up to `size` bytes; return fewer only at the end of the source or once `enough` bytes were read."""
        enough = size if enough is None else enough
        try:
            content = source.read(size)
            while 0 < len(content) < enough and (more := source.read(size - len(content))):
                content += more
            return content
        except OSError as error:
            raise messages.source_unreadable(self.path, error.strerror or type(error).__name__) from None
