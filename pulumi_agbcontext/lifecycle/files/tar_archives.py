"""Members of tar archives. A compressed archive is decompressed into an unnamed temporary file."""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import IO, Any, BinaryIO, cast

from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.messages import archives as messages

_BLOCK = 1 << 20  # bytes
_LARGEST_HEADER = 1 << 20  # bytes of a long name or of a set of attributes, which are kept in memory
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def tar_members(path: str, name: str, limit: int) -> Iterator[tuple[str, int, Callable[[], BinaryIO]]]:
    """Yield the name, the size in bytes and the opener of every file in a tar archive.

    Args:
        path: path of the archive, which is decompressed if the path ends with `gz`.
        name: name of the archive in errors.
        limit: maximum size of the decompressed archive in bytes.

    Raises:
        SourceError: the archive contains a link, a device or a sparse file, or is larger than the limit.
        tarfile.TarError: the archive is malformed.
        OSError: the archive cannot be read.
    """
    content = _opened(path, name, limit)
    archive = tarfile.TarFile(fileobj=content.file, tarinfo=_Header)
    for info in archive:
        if info.isdir():
            continue
        if not info.isreg() or info.issparse():
            raise SourceError(messages.bad_member(name, info.name, messages.NOT_A_FILE))
        yield info.name, info.size, _opener(content, info.offset_data, info.size)
    _refuse_garbage(content.file, archive.offset)


class _Content:
    """Content of an archive, which stays open as long as an opener exists.

    Attributes:
        file: the open file.
        lock: lock for its position.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.lock = threading.Lock()
        weakref.finalize(self, file.close)


def _opened(path: str, name: str, limit: int) -> _Content:
    if not path.lower().endswith("gz"):
        return _Content(open(path, "rb"))  # noqa: PTH123  # see _Content
    content = _Content(tempfile.TemporaryFile())  # noqa: SIM115  # see _Content
    with gzip.open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            if content.file.tell() + len(block) > limit:
                raise SourceError(messages.too_large(name, "", limit))
            content.file.write(block)
    content.file.seek(0)
    return content


class _Header(tarfile.TarInfo):
    """Header of a member, with a size limit for long names and attributes, which tarfile keeps in memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        if self.type in _HEADERS and self.size > _LARGEST_HEADER:
            raise tarfile.ReadError("a header is too large")
        return super()._proc_member(archive)  # type: ignore[misc]  # no public method receives a header before it is read


def _refuse_garbage(content: IO[bytes], end: int) -> None:
    """Raise an error if no end marker follows the last member, because tarfile stops at a malformed header."""
    content.seek(end)
    if content.read(tarfile.BLOCKSIZE).strip(b"\0"):
        raise tarfile.ReadError("a header is malformed")


def _opener(content: _Content, start: int, size: int) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, _MemberStream(content, start, size))


class _MemberStream(io.RawIOBase):
    """Content of a member, with its own position, so that threads can read different members."""

    def __init__(self, content: _Content, start: int, size: int) -> None:
        self._content = content
        self._position, self._end = start, start + size

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._position
        with self._content.lock:
            self._content.file.seek(self._position)
            block = self._content.file.read(left if size < 0 else min(size, left))
        if not block and size and left:
            raise OSError("the archive is truncated")
        self._position += len(block)
        return block
