"""Members of zip archives."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.messages import archives as messages

_ENCRYPTED = 0x1  # bit of the flags of a member
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def zip_members(path: str, name: str) -> Iterator[tuple[str, int, Callable[[], BinaryIO]]]:
    """Yield the name, the size in bytes and the opener of every file in a zip archive.

    Args:
        path: path of the archive.
        name: name of the archive in errors.

    Raises:
        SourceError: the archive contains an encrypted member, a link or a device.
        zipfile.BadZipFile: the archive is malformed.
        OSError: the archive cannot be read.
    """
    archive = zipfile.ZipFile(path)  # stays open as long as an opener exists
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir():
            continue
        if info.flag_bits & _ENCRYPTED:
            raise SourceError(messages.bad_member(name, info.filename, messages.ENCRYPTED))
        if kind not in (0, stat.S_IFREG):  # archives written on Windows have no kind
            raise SourceError(messages.bad_member(name, info.filename, messages.NOT_A_FILE))
        if info.compress_type not in _METHODS:
            raise SourceError(messages.bad_member(name, info.filename, messages.UNKNOWN_COMPRESSION))
        yield info.filename, info.file_size, _opener(archive, info)


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, _MemberStream(archive, info))


class _MemberStream(io.RawIOBase):
    """Content of a member. Errors of the archive become errors of the file, as callers expect them."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        try:
            self._stream = archive.open(info)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise OSError(str(error)) from error

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise OSError(str(error) or "the archive is truncated") from error

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
