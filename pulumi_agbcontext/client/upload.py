"""A file on its way to a context: read once, and hashed while it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from pulumi_agbcontext import messages

_CHUNK = 64 * 1024
# Up to here a file is read whole and compared before its first byte is sent. With every upload of the process under way
# that is 8 MiB of memory.
_SMALL = 256 * 1024


@dataclass(frozen=True)
class Upload:
    """One file to store: what `check` saw of it, and how to read it.

    Args:
        path: absolute within the context.
        size: in bytes.
        sha256: of the content, as hex digits.
        open: opens the content from its beginning; it is called again for each attempt.
    """

    path: str
    size: int
    sha256: str
    open: Callable[[], BinaryIO]

    @contextmanager
    def body(self) -> Iterator[bytes | Iterator[bytes]]:
        """The content while its source is open, of exactly `size` bytes: whole for a small file, else in chunks.

        The last chunk is withheld until the digest of all is known. When the source turns out to be another, the error
        breaks the request off before its end, and a request that ends early stores nothing.

        Returns:
            Bytes, or chunks of them.

        Raises:
            SourceChangedError: now or from the iterator: the content is not what `check` saw, or cannot be read.
        """
        with self._opened() as source:
            chunks = self._verified(source)
            yield b"".join(chunks) if self.size <= _SMALL else chunks

    def _verified(self, source: BinaryIO) -> Iterator[bytes]:
        digest = hashlib.sha256()
        left = self.size
        chunk = b""
        while left:
            chunk = self._read(source, min(left, _CHUNK))
            if not chunk:
                raise messages.source_changed(self.path)
            digest.update(chunk)
            left -= len(chunk)
            if left:
                yield chunk
        if self._read(source, 1) or digest.hexdigest() != self.sha256:
            raise messages.source_changed(self.path)
        yield chunk

    def _opened(self) -> BinaryIO:
        try:
            return self.open()
        except OSError as error:
            raise messages.source_unreadable(self.path, error.strerror or type(error).__name__) from None

    def _read(self, source: BinaryIO, size: int) -> bytes:
        try:
            return source.read(size)
        except OSError as error:
            raise messages.source_unreadable(self.path, error.strerror or type(error).__name__) from None
