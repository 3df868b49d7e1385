"""Paths of files in a context: what is canonical, and which paths cannot stand side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pulumi_agbcontext.messages import inputs as invalid

ROOT = "/"
OWNER_RECORD = "/.agbcontext-owner.json"
LONGEST_PATH = 1023  # characters; where the local server, as common object stores do, ends

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def canonical(path: str) -> str:
    """Give the canonical form of a path: absolute, no empty, `.` or `..` part, no trailing slash."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return ROOT + "/".join(parts)


def path_fault(path: str) -> str | None:
    """Say why a path cannot name a file in a context.

    Args:
        path: as the program gave it.

    Returns:
        One clause with the way out, or None where the path is canonical.
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
    """Name every folder above a path, nearest first, the root left out."""
    while (path := path.rpartition("/")[0]) != "":
        yield path


def file_and_directory(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Find the paths that are a file and a folder at once.

    Returns:
        Pairs (the path used as a file, a path below it), in order.
    """
    known = set(paths)
    return sorted((above, path) for path in known for above in parents(path) if above in known)
