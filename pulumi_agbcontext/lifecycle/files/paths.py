"""Paths of files in a context: canonical form, validation and conflicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pulumi_agbcontext.messages import inputs as invalid

ROOT = "/"
OWNER_RECORD = "/.agbcontext-owner.json"
LONGEST_PATH = 1023  # characters; the limit of the local server and of common object stores

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def canonical(path: str) -> str:
    """Return the canonical form of a path: absolute, without empty, `.` or `..` segments or a trailing slash."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return ROOT + "/".join(parts)


def path_fault(path: str) -> str | None:
    """Return why a path is not valid in a context.

    Args:
        path: the path in the program.

    Returns:
        One clause with the remedy, or None if the path is valid.
    """
    if _CONTROL.search(path):
        return invalid.CONTROL_CHARACTERS_IN_PATH
    if _SURROGATE.search(path):
        return invalid.PATH_IS_NO_UNICODE
    if len(path) > LONGEST_PATH:
        return invalid.path_too_long(len(path), LONGEST_PATH)
    form = canonical(path)
    if form == ROOT:
        return invalid.PATH_IS_ROOT
    if form != path:
        return invalid.path_not_canonical(form)
    return invalid.PATH_IS_RESERVED if path == OWNER_RECORD or path.startswith(f"{OWNER_RECORD}/") else None


def parents(path: str) -> Iterator[str]:
    """Yield every directory above a path, nearest first, without the root."""
    while (path := path.rpartition("/")[0]) != "":
        yield path


def file_and_directory(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return the paths that are used as both a file and a directory.

    Returns:
        Sorted pairs of a path used as a file and a path below it.
    """
    known = set(paths)
    return sorted((above, path) for path in known for above in parents(path) if above in known)
