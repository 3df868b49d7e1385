"""Local directories and archives as sets of files to seed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pulumi_agbcontext.lifecycle.files.patterns import compiled
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.lifecycle.files.trees import Entry, Tree, tree_at
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
        include_hidden: whether to seed files and directories whose names start with a dot, including `.git`.
        respect_gitignore: whether to leave out files that the `.gitignore` files in the directory exclude.
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
        left_out: number of files and directories that the filters left out. A directory counts as one entry.
    """

    files: list[str] = field(repr=False)
    left_out: int


def list_directory(directory: str | os.PathLike[str], filters: Filters, also: Iterable[str] = ()) -> Listing:
    """List the files in a directory or an archive, recursively.

    Args:
        directory: path of the directory or archive, absolute or relative to the program's working directory.
        filters: rules for which files are seeded.
        also: relative paths of hidden files to list as well, if they exist and no other rule leaves them out.

    Raises:
        SourceError: the directory does not exist, is not a directory, contains no matching file, or contains a link
            to a directory or to a file outside it; the archive cannot be seeded; or a pattern is invalid.
    """
    return list_tree(tree_at(directory), os.fspath(directory), filters, also)


def list_tree(
    tree: Tree, name: str, filters: Filters, also: Iterable[str] = (), *, may_be_empty: bool = False
) -> Listing:
    """List the files in a tree, recursively.

    Args:
        tree: a directory or an archive.
        name: its name in errors.
        filters: rules for which files are seeded.
        also: relative paths of hidden files to list as well, if they exist and no other rule leaves them out.
        may_be_empty: whether a tree without matching files is allowed. If not, it is an error.

    Raises:
        SourceError: as for `list_directory`.
    """
    walk = _Walk(tree, name, filters)
    files = sorted(walk.files({path for path in also if is_hidden(path)}))
    if not files and not may_be_empty:
        raise SourceError(invalid.empty_directory(name, filtered=walk.left_out > 0))
    for path, linked in files:
        if linked:
            tree.refuse_link(path)
    return Listing([path for path, _ in files], walk.left_out)


def is_hidden(path: str) -> bool:
    """Return whether a relative path has a component that starts with a dot."""
    return path.startswith(".") or "/." in path


class _Walk:
    """One walk through a directory.

    Attributes:
        left_out: number of files and directories that were left out so far.
    """

    def __init__(self, tree: Tree, name: str, filters: Filters) -> None:
        self._tree, self._name = tree, name
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
                wanted = also_below if entry.is_directory else also
                if (path not in wanted and self._is_hidden(path)) or self._is_ignored(path, entry.is_directory):
                    self.left_out += 1
                elif entry.is_directory:
                    waiting.append(path)
                elif self._matches(path):
                    yield path, entry.is_link
                else:
                    self.left_out += 1

    def _entries(self, below: str) -> list[Entry]:
        found = list(self._tree.entries(below))
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
        path = f"{below}/{_GITIGNORE}" if below else _GITIGNORE
        if patterns := compiled(self._tree.lines(path), f"{self._name}/{path}"):
            self._ignored[below] = patterns

    def _is_ignored(self, path: str, is_directory: bool) -> bool:
        """Return whether a `.gitignore` excludes a path. As in git, the file closest to the path takes precedence."""
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
