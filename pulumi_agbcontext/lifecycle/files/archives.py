"""Local archives (`.zip`, `.tar`, `.tar.gz`, `.tgz`) as sets of files. Nothing is extracted into the working tree."""

from __future__ import annotations

import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO

from pulumi_agbcontext.lifecycle.files.paths import file_and_directory, path_fault
from pulumi_agbcontext.lifecycle.files.source_kinds import SEPARATOR, SourceError
from pulumi_agbcontext.lifecycle.files.tar_archives import tar_members
from pulumi_agbcontext.lifecycle.files.zip_archives import zip_members
from pulumi_agbcontext.messages import archives as messages

MOST_MEMBERS = 100_000
MOST_SIZE = 64 << 30  # bytes of all members
HARMLESS_SIZE = 256 << 20  # bytes of all members, below which the ratio does not matter
MOST_RATIO = 200  # of the size of all members to the size of the archive


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        size: size in bytes.
        open: opens the content for reading; safe to call from several threads.
    """

    size: int
    open: Callable[[], BinaryIO] = field(repr=False)


def members_of(path: str) -> dict[str, Member]:
    """Return the files in an archive, by their relative paths.

    The archive stays open until others take its place, so that its members are found without reading it again.

    Args:
        path: path of the archive.

    Raises:
        SourceError: the archive cannot be read, exceeds a limit, or contains a member that must not be seeded: one with
            an absolute or repeated name or `..` in its name, a link, a device, an encrypted file.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  # called for each member, and a Path costs as much as the call
    except OSError as error:
        raise SourceError(messages.unreadable(path, os.strerror(error.errno or 0))) from error
    if SEPARATOR in path:
        raise SourceError(messages.separator_in_path(path, SEPARATOR))
    return _members(path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4)
def _members(path: str, _inode: int, size: int, _modified: int) -> dict[str, Member]:
    """Read the members of an archive. The arguments identify its version, so that a changed archive is read again."""
    limit = max(HARMLESS_SIZE, min(MOST_SIZE, MOST_RATIO * size))
    try:
        members = zip_members(path) if path.lower().endswith(".zip") else tar_members(path, limit)
        return _validated(path, limit, members)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise SourceError(messages.malformed(path, str(error))) from error
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else str(error)
        raise SourceError(messages.unreadable(path, cause)) from error


def _validated(path: str, limit: int, members: Iterator[tuple[str, int, Callable[[], BinaryIO]]]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    total = 0
    for name, size, opener in members:
        relative = name.removeprefix("./")
        if fault := path_fault(f"/{relative}"):
            raise SourceError(messages.bad_member(path, name, fault))
        if relative in found:
            raise SourceError(messages.bad_member(path, name, messages.DUPLICATE))
        found[relative] = Member(size, opener)
        total += size
        if len(found) > MOST_MEMBERS:
            raise SourceError(messages.too_many_members(path, MOST_MEMBERS))
        if total > limit:
            raise SourceError(messages.too_large(path, name, limit))
    for above, below in file_and_directory(found):
        raise SourceError(messages.bad_member(path, above, messages.also_a_directory(below)))
    return found
