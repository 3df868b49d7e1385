"""Trees of files that can be seeded: local directories and archives."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError, is_archive
from pulumi_agbcontext.messages import inputs as invalid


class Entry(NamedTuple):
    """A file or directory in a tree.

    Attributes:
        name: last component of its path.
        is_directory: whether it is a directory.
        is_link: whether it is a symbolic link.
    """

    name: str
    is_directory: bool
    is_link: bool = False


class Tree(Protocol):
    """Tree of files with `/`-separated paths relative to its root, which is the empty path."""

    def entries(self, below: str) -> Iterable[Entry]:
        """Return the entries of a directory.

        Raises:
            SourceError: the directory cannot be read.
        """
        ...

    def lines(self, path: str) -> list[str]:
        """Return the lines of a text file.

        Raises:
            SourceError: the file cannot be read.
        """
        ...

    def has(self, path: str) -> bool:
        """Return whether the tree contains a file."""
        ...

    def refuse_link(self, path: str) -> None:
        """Raise an error if a symbolic link points to a directory or outside the tree.

        Raises:
            SourceError: the link points to a directory or outside the tree.
        """
        ...


class LocalTree:
    """A local directory.

    Args:
        root: path of the directory.

    Raises:
        SourceError: the path does not exist or is not a directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        if not root.is_dir():
            raise SourceError(
                invalid.not_a_directory(root) if root.exists() else invalid.no_such_directory(root, Path.cwd())
            )

    def entries(self, below: str) -> list[Entry]:
        directory = self._root / below
        try:
            with os.scandir(directory) as entries:
                return [Entry(one.name, one.is_dir(follow_symlinks=False), one.is_symlink()) for one in entries]
        except OSError as error:
            raise SourceError(invalid.unreadable_directory(directory, os.strerror(error.errno or 0))) from error

    def lines(self, path: str) -> list[str]:
        file = self._root / path
        try:
            return file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError as error:
            raise SourceError(invalid.unreadable_file(str(file), os.strerror(error.errno or 0), Path.cwd())) from error

    def has(self, path: str) -> bool:
        return (self._root / path).is_file()

    def refuse_link(self, path: str) -> None:
        link = self._root / path
        if link.is_dir():
            raise SourceError(invalid.link_to_a_directory(link))
        if not link.resolve().is_relative_to(self._root.resolve()):
            raise SourceError(invalid.link_out_of_the_directory(link, self._root))


class ArchiveTree:
    """An archive, which contains no links.

    Args:
        path: path of the archive.
        name: name of the archive in errors; empty for its path.

    Raises:
        SourceError: the archive cannot be seeded.
    """

    def __init__(self, path: str, name: str = "") -> None:
        from pulumi_agbcontext.lifecycle.files.archives import members_of  # imported on demand, as few programs use it

        self._members = members_of(path, name)
        self._directories: dict[str, dict[str, Entry]] = {"": {}}
        for name in self._members:
            self._add(name, is_directory=False)

    def _add(self, path: str, *, is_directory: bool) -> None:
        above, _, name = path.rpartition("/")
        if above not in self._directories:
            self._directories[above] = {}
            self._add(above, is_directory=True)
        self._directories[above][name] = Entry(name, is_directory)

    def entries(self, below: str) -> Iterable[Entry]:
        return self._directories[below].values()

    def lines(self, path: str) -> list[str]:
        with self.open(path) as stream:
            return stream.read().decode("utf-8", "surrogateescape").splitlines()

    def has(self, path: str) -> bool:
        return path in self._members

    def open(self, path: str) -> BinaryIO:
        """Open a member for reading."""
        return self._members[path].open()

    def refuse_link(self, path: str) -> None:
        raise AssertionError(f"{path} is not a link")


def tree_at(path: str | os.PathLike[str]) -> Tree:
    """Return the tree of an archive or a directory.

    Args:
        path: path, absolute or relative to the program's working directory.

    Raises:
        SourceError: the path is neither an archive nor a directory.
    """
    given = os.fspath(path)
    return ArchiveTree(given) if is_archive_file(given) else LocalTree(Path(given))


def is_archive_file(path: str) -> bool:
    """Return whether a path is an archive file. A directory may have the suffix of an archive too."""
    return is_archive(path) and not Path(path).is_dir()
