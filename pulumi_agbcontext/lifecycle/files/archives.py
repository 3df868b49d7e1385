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
HARMLESS_SIZE = 256 << 20  # bytes of all members; the ratio is not checked below this size
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


def members_of(path: str, name: str = "") -> dict[str, Member]:
    """Return the files in an archive, by relative path.

    The archive stays open until the cache evicts it, so that its members are located without reading it again.

    Args:
        path: path of the archive.
        name: name of the archive in errors; empty for its path.

    Raises:
        SourceError: the archive cannot be read, exceeds a limit, or contains a member that cannot be seeded: a member
            with an absolute or duplicate name or with `..` in its name, a link, a device or an encrypted file.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  # called for each member, and creating a Path takes as long
    except OSError as error:
        raise SourceError(messages.unreadable(path, os.strerror(error.errno or 0))) from error
    if SEPARATOR in (name or path):
        raise SourceError(messages.separator_in_path(name or path, SEPARATOR))
    return _members(path, name or path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4)
def _members(path: str, archive: str, _inode: int, size: int, _modified: int) -> dict[str, Member]:
    """Read the members of an archive. The arguments identify its version, so a changed archive is read again."""
    limit = max(HARMLESS_SIZE, min(MOST_SIZE, MOST_RATIO * size))
    try:
        zipped = path.lower().endswith(".zip")
        members = zip_members(path, archive) if zipped else tar_members(path, archive, limit)
        return _validated(archive, limit, members)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise SourceError(messages.malformed(archive, str(error))) from error
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else str(error)
        raise SourceError(messages.unreadable(archive, cause)) from error


def _validated(
    archive: str, limit: int, members: Iterator[tuple[str, int, Callable[[], BinaryIO]]]
) -> dict[str, Member]:
    found: dict[str, Member] = {}
    total = 0
    for name, size, opener in members:
        relative = name.removeprefix("./")
        if fault := path_fault(f"/{relative}"):
            raise SourceError(messages.bad_member(archive, name, fault))
        if relative in found:
            raise SourceError(messages.bad_member(archive, name, messages.DUPLICATE))
        found[relative] = Member(size, opener)
        total += size
        if len(found) > MOST_MEMBERS:
            raise SourceError(messages.too_many_members(archive, MOST_MEMBERS))
        if total > limit:
            raise SourceError(messages.too_large(archive, name, limit))
    for above, below in file_and_directory(found):
        raise SourceError(messages.bad_member(archive, above, messages.also_a_directory(below)))
    return found
