"""A seeded file as one string: `<size>:<sha256>:<source>`, or `<source>` alone before check has taken its digest.

A source is `file:<path relative to the program>`, `text:<content>` or `base64:<content>`. Before check it may also be
`folder:<path>`, `remote:<uri>` or `unsupported:<type>`. One string a file keeps the state small: the engine is two to
three times slower on an object a file.
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
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final

from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import redact

_BLOCK = 1 << 18

ASSET = "agbcontext:asset"  # key of the one-entry map that stands for an asset among the triggers


CHANGED: Final = "changed"  # in place of a digest: the content is another one, and not known
_RECORDED = re.compile(rf"(\d+):([0-9a-f]{{64}}|{CHANGED})(?::(.*))?", re.DOTALL)


class SourceKind(str, Enum):
    """What a source names; the values stand in states."""

    FILE = "file"
    TEXT = "text"
    BASE64 = "base64"
    DIRECTORY = "folder"
    REMOTE = "remote"
    UNSUPPORTED = "unsupported"

    def of(self, value: str) -> str:
        """Return the source of this kind that names a value."""
        return f"{self.value}:{value}"


class SourceError(Exception):
    """A source that cannot be read; its text is one clause for a check failure."""


@dataclass(frozen=True)
class SeedFile:
    """A file as check saw it.

    Attributes:
        size: bytes.
        sha256: hex digest, or `changed` where a refresh saw another size and so another content.
        source: where the content comes from, or empty where it is not known (after an import).
    """

    size: int
    sha256: str = field(repr=False)
    source: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.size}:{self.sha256}" + (f":{self.source}" if self.source else "")

    @property
    def is_known(self) -> bool:
        """Return whether the digest is that of the stored content."""
        return self.sha256 != CHANGED

    def changed(self, size: int | None = None) -> SeedFile:
        """Return the file with a content that is not known.

        Args:
            size: bytes of that content; None for the present size.
        """
        return SeedFile(self.size if size is None else size, CHANGED, self.source)

    def open(self) -> BinaryIO:
        """Open the content for reading.

        Raises:
            SourceError: it cannot be read, or nobody knows any more where it came from.
        """
        return open_source(self.source)


def recorded(entry: str) -> SeedFile | None:
    """Read an entry that has its digest; None for one that has not been through check."""
    match = _RECORDED.fullmatch(entry)
    return SeedFile(int(match[1]), match[2], match[3] or "") if match else None


def digest_of(entry: str) -> str:
    """Cut an entry down to what counts in a comparison: `<size>:<sha256>`, never the source."""
    return ":".join(entry.split(":", 2)[:2])


def open_source(source: str) -> BinaryIO:
    """Open what a source names.

    Raises:
        SourceError: with the reason and the way out.
    """
    kind, _, value = source.partition(":")
    if kind == SourceKind.FILE:
        return _open_file(value)
    if kind == SourceKind.TEXT:
        return io.BytesIO(value.encode("utf-8", "surrogatepass"))
    if kind == SourceKind.BASE64:
        return io.BytesIO(_decoded(value))
    if kind == SourceKind.REMOTE:
        raise SourceError(invalid.remote_asset(redact(value)))
    if kind == SourceKind.UNSUPPORTED:
        raise SourceError(invalid.not_seedable(redact(value)))
    raise SourceError(invalid.CONTENT_NOT_AT_HAND)


def relative_path(path: str | os.PathLike[str]) -> str:
    """Tell a path relative to the program, so that the state is the same on every machine."""
    given = os.fspath(path)
    if given.startswith(os.sep) or ".." in given or os.sep != "/":
        return Path(os.path.relpath(given)).as_posix()
    return os.path.normpath(given)  # nearly always, and in a tenth of the time


def is_large(source: str) -> bool:
    """Tell whether a source is a file whose hashing takes longer than opening and closing it."""
    kind, _, value = source.partition(":")
    try:
        return kind == SourceKind.FILE and os.stat(value).st_size > _BLOCK  # noqa: PTH116  # see below
    except (OSError, ValueError):
        return False  # take_digest says what is wrong


def take_digest(source: str) -> SeedFile:
    """Read a source once, to its end, and record its size and digest.

    Raises:
        SourceError: it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with open_source(source) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise SourceError(invalid.unreadable_content(_why(error))) from error
    return SeedFile(size, digest.hexdigest(), source)


def _open_file(value: str) -> BinaryIO:
    try:
        mode = os.stat(value).st_mode  # noqa: PTH116  # a Path costs as much as the look, ten thousand times
        if stat.S_ISDIR(mode):
            raise SourceError(invalid.is_a_directory(value))
        if not stat.S_ISREG(mode):
            raise SourceError(invalid.not_a_regular_file(value))
        return open(value, "rb", buffering=0)  # noqa: PTH123  # who reads whole blocks needs no buffer
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
