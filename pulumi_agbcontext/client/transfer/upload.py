"""A file on its way to a context: read once, and hashed while it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from pulumi_agbcontext import messages

# Up to here a file is read whole and compared before its first byte is sent.
_SMALL = 256 * 1024
# A larger one goes in blocks, of which each of the sixteen large uploads at once has three in memory.
_BLOCK = 512 * 1024


@dataclass(frozen=True)
class Upload:
    """One file to store: what `check` saw of it, and how to read it. Its digest may be a secret and is not in `repr`.

    Args:
        path: absolute within the context.
        size: in bytes.
        sha256: of the content, as hex digits.
        open: opens the content from its beginning; it is called again for each attempt.
    """

    path: str
    size: int
    sha256: str = field(repr=False)
    open: Callable[[], BinaryIO] = field(repr=False)

    @contextmanager
    def body(self) -> Iterator[bytes | Iterator[bytes]]:
        """The content while its source is open, of exactly `size` bytes: whole for a small file, else in blocks.

        The last block is withheld until the digest of all is known. When the source turns out to be another, the error
        breaks the request off before its end, and a request that ends early stores nothing.

        Returns:
            Bytes, or blocks of them.

        Raises:
            SourceChangedError: now or from the iterator: the content is not what `check` saw, or cannot be read.
        """
        with self._opened() as source:
            yield self._whole(source) if self.size <= _SMALL else self._blocks(source)

    def _whole(self, source: BinaryIO) -> bytes:
        content = self._read(source, self.size + 1, enough=self.size)
        if len(content) != self.size or hashlib.sha256(content).hexdigest() != self.sha256:
            raise messages.source_changed(self.path)
        return content

    def _blocks(self, source: BinaryIO) -> Iterator[bytes]:
        digest = hashlib.sha256()
        left = self.size
        block = b""
        with ThreadPoolExecutor(1, "agbcontext-hash") as hasher:  # a block is hashed while it is sent
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
        """Read some of the source: `size` bytes, or fewer at its end or where there are `enough`."""
        enough = size if enough is None else enough
        try:
            content = source.read(size)
            while 0 < len(content) < enough and (more := source.read(size - len(content))):
                content += more
            return content
        except OSError as error:
            raise messages.source_unreadable(self.path, error.strerror or type(error).__name__) from None
