"""Local directories as sets of files to seed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_agbcontext.lifecycle.files.sources import SourceError
from pulumi_agbcontext.messages import inputs as invalid

if TYPE_CHECKING:
    import pathspec


def directory_files(
    directory: str | os.PathLike[str],
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    include_hidden: bool = True,
) -> list[str]:
    """Return the files in a directory, recursively.

    Args:
        directory: path, absolute or relative to the program's working directory.
        include: gitignore patterns. If there are any, only files that match at least one of them are included.
        exclude: gitignore patterns. Files that match at least one of them are excluded.
        include_hidden: whether to include files and directories whose names start with a dot.

    Returns:
        Sorted, `/`-separated paths relative to the directory.

    Raises:
        SourceError: the directory does not exist, is not a directory, contains no matching file, or contains a link
            to a directory or to a file outside it.
    """
    root = Path(directory)
    if not root.is_dir():
        raise SourceError(_no_folder(root))
    included, excluded = _patterns(include), _patterns(exclude)
    files = sorted(
        (path, linked)
        for path, linked in _walk(root, include_hidden)
        if (included is None or included.match_file(path)) and not (excluded and excluded.match_file(path))
    )
    if not files:
        raise SourceError(invalid.empty_directory(root))
    for path, linked in files:
        if linked:
            _refuse_escape(root, path)
    return [path for path, _ in files]


def _no_folder(root: Path) -> str:
    if root.exists():
        return invalid.not_a_directory(root)
    return invalid.no_such_directory(root, Path.cwd())


def _patterns(patterns: Iterable[str]) -> pathspec.GitIgnoreSpec | None:
    lines = [patterns] if isinstance(patterns, str) else list(patterns)
    if not lines:
        return None
    import pathspec  # imported on demand, because few programs use patterns

    return pathspec.GitIgnoreSpec.from_lines(lines)


def _walk(root: Path, include_hidden: bool) -> Iterator[tuple[str, bool]]:
    """Yield the relative path of every file, and whether it is a link.

    The walk is iterative, because recursion could exceed the interpreter's stack in a deep tree.
    """
    waiting = [""]
    while waiting:
        below = waiting.pop()
        for entry in _entries(root / below):
            if entry.name.startswith(".") and not include_hidden:
                continue
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            else:
                yield path, entry.is_symlink()


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError as error:
        raise SourceError(invalid.unreadable_directory(directory, os.strerror(error.errno or 0))) from error


def _refuse_escape(root: Path, path: str) -> None:
    link = root / path
    if link.is_dir():
        raise SourceError(invalid.link_to_a_directory(link))
    if not link.resolve().is_relative_to(root.resolve()):
        raise SourceError(invalid.link_out_of_the_directory(link, root))
