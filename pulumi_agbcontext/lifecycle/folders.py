"""Folders of the program as sets of files to seed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pathspec

from pulumi_agbcontext.lifecycle.sources import SourceError


def folder_files(
    folder: str | os.PathLike[str],
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    include_hidden: bool = True,
) -> list[str]:
    """List the files of a folder, at any depth.

    Args:
        folder: path, relative to the program's working directory.
        include: gitignore patterns; where there are any, only files that match one are taken.
        exclude: gitignore patterns; files that match one are left out.
        include_hidden: whether names that start with a dot are taken, folders too.

    Returns:
        Paths below the folder, `/`-separated, sorted.

    Raises:
        SourceError: the folder does not exist, is none, holds no such file, or holds a link that leaves it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SourceError(_no_folder(root))
    included, excluded = _patterns(include), _patterns(exclude)
    files = sorted(
        path
        for path in _walk(root, "", include_hidden)
        if (included is None or included.match_file(path)) and not (excluded and excluded.match_file(path))
    )
    if not files:
        raise SourceError(f"the folder {root} has no files to seed; an empty seed is written as files={{}}")
    for path in files:
        _refuse_escape(root, path)
    return files


def _no_folder(root: Path) -> str:
    if root.exists():
        return f"{root} is not a folder; archives (zip, tar) cannot be seeded, unpack it and give the folder"
    return f"the folder {root} does not exist (looked for in {Path.cwd()})"


def _patterns(patterns: Iterable[str]) -> pathspec.GitIgnoreSpec | None:
    lines = [patterns] if isinstance(patterns, str) else list(patterns)
    return pathspec.GitIgnoreSpec.from_lines(lines) if lines else None


def _walk(root: Path, below: str, include_hidden: bool) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(root / below), key=lambda entry: entry.name)
    except OSError as error:
        raise SourceError(f"the folder {root / below} cannot be read: {os.strerror(error.errno or 0)}") from error
    for entry in entries:
        if entry.name.startswith(".") and not include_hidden:
            continue
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path, include_hidden)
        else:
            yield path


def _refuse_escape(root: Path, path: str) -> None:
    link = root / path
    if not link.is_symlink():
        return
    if link.is_dir():
        raise SourceError(f"{link} is a symbolic link to a folder, which is not followed; name that folder itself")
    if not link.resolve().is_relative_to(root.resolve()):
        raise SourceError(f"{link} is a symbolic link that leads out of {root}; copy the file or leave it out")
