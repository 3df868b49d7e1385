"""Local directories as sets of files to seed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pulumi_agbcontext.lifecycle.files.patterns import compiled
from pulumi_agbcontext.lifecycle.files.sources import SourceError
from pulumi_agbcontext.messages import inputs as invalid

if TYPE_CHECKING:
    import pathspec

_GITIGNORE = ".gitignore"


@dataclass(frozen=True)
class Filters:
    """Rules for which files of a directory are seeded.

    Attributes:
        include: gitignore patterns. If there are any, only files that match at least one of them are seeded.
        exclude: gitignore patterns. Files that match at least one of them are left out.
        include_hidden: whether to seed files and directories whose names start with a dot, `.git` included.
        respect_gitignore: whether to leave out what the `.gitignore` files in the directory exclude.
    """

    include: Iterable[str] = ()
    exclude: Iterable[str] = ()
    include_hidden: bool = False
    respect_gitignore: bool = False


@dataclass(frozen=True)
class Listing:
    """Files of a directory.

    Attributes:
        files: sorted, `/`-separated paths relative to the directory.
        left_out: number of files and directories that the filters left out. A directory counts as one.
    """

    files: list[str] = field(repr=False)
    left_out: int


def list_directory(directory: str | os.PathLike[str], filters: Filters, also: Iterable[str] = ()) -> Listing:
    """List the files in a directory, recursively.

    Args:
        directory: path, absolute or relative to the program's working directory.
        filters: rules for which files are seeded.
        also: relative paths of hidden files to list as well if they exist and no other rule leaves them out.

    Raises:
        SourceError: the directory does not exist, is not a directory, contains no matching file, or contains a link
            to a directory or to a file outside it; or a pattern is invalid.
    """
    root = Path(directory)
    if not root.is_dir():
        raise SourceError(_no_directory(root))
    walk = _Walk(root, filters)
    files = sorted(walk.files({path for path in also if is_hidden(path)}))
    if not files:
        raise SourceError(invalid.empty_directory(root, filtered=walk.left_out > 0))
    for path, linked in files:
        if linked:
            _refuse_escape(root, path)
    return Listing([path for path, _ in files], walk.left_out)


def is_hidden(path: str) -> bool:
    """Return whether a relative path has a component that starts with a dot."""
    return path.startswith(".") or "/." in path


class _Walk:
    """One walk through a directory.

    Attributes:
        left_out: number of files and directories that were left out so far.
    """

    def __init__(self, root: Path, filters: Filters) -> None:
        self._root = root
        self._filters = filters
        self._included, self._excluded = compiled(filters.include), compiled(filters.exclude)
        self._ignored: dict[str, pathspec.GitIgnoreSpec] = {}
        self.left_out = 0

    def files(self, also: set[str]) -> Iterator[tuple[str, bool]]:
        """Yield the relative path of every file, and whether it is a link.

        The walk is iterative, because recursion could exceed the interpreter's stack in a deep tree.
        """
        also_below = {str(parent) for path in also for parent in PurePosixPath(path).parents}
        waiting = [""]
        while waiting:
            below = waiting.pop()
            for entry in self._entries(below):
                path = f"{below}/{entry.name}" if below else entry.name
                is_directory = entry.is_dir(follow_symlinks=False)
                wanted = also_below if is_directory else also
                if (path not in wanted and self._is_hidden(path)) or self._is_ignored(path, is_directory):
                    self.left_out += 1
                elif is_directory:
                    waiting.append(path)
                elif self._matches(path):
                    yield path, entry.is_symlink()
                else:
                    self.left_out += 1

    def _entries(self, below: str) -> list[os.DirEntry[str]]:
        directory = self._root / below
        try:
            with os.scandir(directory) as entries:
                found = list(entries)
        except OSError as error:
            raise SourceError(invalid.unreadable_directory(directory, os.strerror(error.errno or 0))) from error
        if self._filters.respect_gitignore and any(entry.name == _GITIGNORE for entry in found):
            self._read_gitignore(below)
        return found

    def _is_hidden(self, path: str) -> bool:
        return not self._filters.include_hidden and is_hidden(path)

    def _matches(self, path: str) -> bool:
        return (self._included is None or self._included.match_file(path)) and not (
            self._excluded and self._excluded.match_file(path)
        )

    def _read_gitignore(self, below: str) -> None:
        file = self._root / below / _GITIGNORE
        try:
            lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError as error:
            raise SourceError(invalid.unreadable_file(str(file), os.strerror(error.errno or 0), Path.cwd())) from error
        if patterns := compiled(lines, str(file)):
            self._ignored[below] = patterns

    def _is_ignored(self, path: str, is_directory: bool) -> bool:
        """Return whether a `.gitignore` excludes a path. As in git, the one closest to the path decides."""
        if not self._ignored:
            return False
        for parent in PurePosixPath(path).parents:
            base = "" if str(parent) == "." else str(parent)
            if base in self._ignored:
                relative = path[len(base) + 1 :] if base else path
                found = self._ignored[base].check_file(f"{relative}/" if is_directory else relative).include
                if found is not None:
                    return found
        return False


def _no_directory(root: Path) -> str:
    if root.exists():
        return invalid.not_a_directory(root)
    return invalid.no_such_directory(root, Path.cwd())


def _refuse_escape(root: Path, path: str) -> None:
    link = root / path
    if link.is_dir():
        raise SourceError(invalid.link_to_a_directory(link))
    if not link.resolve().is_relative_to(root.resolve()):
        raise SourceError(invalid.link_out_of_the_directory(link, root))
