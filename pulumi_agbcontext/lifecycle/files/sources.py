"""Seeded files as strings: `<source>` before check, `<size>:<sha256>:<source>` after it.

A source is `file:<path relative to the program>`, `archive:<path>!/<member>`, `text:<content>` or `base64:<content>`.
Before check it may also be `folder:<path>` (a directory or an archive), `remote:<uri>` or `unsupported:<type>`.
One string per file keeps the state small. The engine takes two to three times as long with one object per file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from pulumi_agbcontext.lifecycle.files.source_kinds import SEPARATOR, SourceError, SourceKind
from pulumi_agbcontext.messages import archives
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import redact

if TYPE_CHECKING:
    from pulumi_agbcontext.lifecycle.files.archives import Member

_BLOCK = 1 << 18

ASSET = "agbcontext:asset"  # key of the single-entry map that represents an asset in the triggers


CHANGED: Final = "changed"  # placeholder for the digest of content that has changed and is unknown
_RECORDED = re.compile(rf"(\d+):([0-9a-f]{{64}}|{CHANGED})(?::(.*))?", re.DOTALL)


@dataclass(frozen=True)
class SeedFile:
    """A seeded file with its size and digest.

    Attributes:
        size: size in bytes.
        sha256: hex digest, or `changed` if the stored content is unknown, for example after a refresh found a different
            size.
        source: source of the content; empty if unknown, for example after an import.
    """

    size: int
    sha256: str = field(repr=False)
    source: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.size}:{self.sha256}" + (f":{self.source}" if self.source else "")

    @property
    def is_known(self) -> bool:
        """Return whether the digest of the content is known."""
        return self.sha256 != CHANGED

    @property
    def is_remote(self) -> bool:
        """Return whether the content was downloaded from another server."""
        return self.source.startswith(SourceKind.REMOTE.of(""))

    def changed(self, size: int | None = None) -> SeedFile:
        """Return a copy of the file with unknown content.

        Args:
            size: size of that content in bytes; None for the current size.
        """
        return SeedFile(self.size if size is None else size, CHANGED, self.source)

    def open(self) -> BinaryIO:
        """Open the content for reading.

        Raises:
            SourceError: the content cannot be read, or its source is unknown.
        """
        return open_source(self.source)


def recorded(entry: str) -> SeedFile | None:
    """Parse an entry with a digest. Return None for a source that check has not processed."""
    match = _RECORDED.fullmatch(entry)
    return SeedFile(int(match[1]), match[2], match[3] or "") if match else None


def digest_of(entry: str) -> str:
    """Return the part of an entry that is compared: `<size>:<sha256>`, without the source."""
    return ":".join(entry.split(":", 2)[:2])


def open_source(source: str) -> BinaryIO:
    """Open the content of a source for reading.

    Raises:
        SourceError: the source cannot be opened; the message states the reason and the remedy.
    """
    kind, _, value = source.partition(":")
    if kind == SourceKind.FILE:
        return _open_file(value)
    if kind == SourceKind.ARCHIVE:
        return _member(value).open()
    if kind == SourceKind.TEXT:
        return io.BytesIO(value.encode("utf-8", "surrogatepass"))
    if kind == SourceKind.BASE64:
        return io.BytesIO(_decoded(value))
    if kind == SourceKind.UNSUPPORTED:
        raise SourceError(invalid.not_seedable(redact(value)))
    raise SourceError(invalid.CONTENT_NOT_AVAILABLE)


def relative_path(path: str | os.PathLike[str]) -> str:
    """Return a path relative to the working directory, so that the state is the same on every machine."""
    given = os.fspath(path)
    if given.startswith(os.sep) or ".." in given or os.sep != "/":
        return Path(os.path.relpath(given)).as_posix()
    return os.path.normpath(given)  # the common case, which is ten times as fast


def is_large(source: str) -> bool:
    """Return whether a source is a file that takes longer to hash than to open and close."""
    kind, _, value = source.partition(":")
    try:
        return kind == SourceKind.FILE and os.stat(value).st_size > _BLOCK  # noqa: PTH116  # see below
    except (OSError, ValueError):
        return False  # take_digest reports the error


def take_digest(source: str) -> SeedFile:
    """Read a source completely and return its size and digest.

    Raises:
        SourceError: the source cannot be read.
    """
    try:
        with open_source(source) as stream:
            return digest_stream(stream, source)
    except OSError as error:
        raise SourceError(invalid.unreadable_content(_why(error))) from error


def digest_stream(stream: BinaryIO, source: str) -> SeedFile:
    """Read a stream completely and return the file with its size and digest.

    Args:
        stream: the content.
        source: the source to record.

    Raises:
        OSError: the stream cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return SeedFile(size, digest.hexdigest(), source)


def _member(value: str) -> Member:
    from pulumi_agbcontext.lifecycle.files.archives import members_of  # on demand, because few programs use archives

    path, _, name = value.partition(SEPARATOR)
    members = members_of(path)
    if name not in members:
        raise SourceError(archives.no_such_member(path, name))
    return members[name]


def _open_file(value: str) -> BinaryIO:
    try:
        mode = os.stat(value).st_mode  # noqa: PTH116  # creating a Path costs as much as the call, for every file
        if stat.S_ISDIR(mode):
            raise SourceError(invalid.is_a_directory(value))
        if not stat.S_ISREG(mode):
            raise SourceError(invalid.not_a_regular_file(value))
        return open(value, "rb", buffering=0)  # noqa: PTH123  # reads of whole blocks need no buffer
    except FileNotFoundError as error:
        raise SourceError(invalid.no_such_file(value, Path.cwd())) from error
    except (OSError, ValueError) as error:
        raise SourceError(invalid.unreadable_file(value, _why(error), Path.cwd())) from error


def _why(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SourceError(invalid.BAD_BASE64) from error
