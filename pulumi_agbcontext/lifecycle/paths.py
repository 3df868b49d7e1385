"""Paths of files in a context: what is canonical, and which paths cannot stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ROOT = "/"


def shown(text: str) -> str:
    """Spell a path so that any terminal and any protocol can carry it: control characters and surrogates escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


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
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in path):
        return "a path must hold no control characters"
    if any(0xD800 <= ord(c) <= 0xDFFF for c in path):
        return "a path must be valid Unicode"
    if len(path) > 1023:
        return f"a path must be at most 1,023 characters, this one has {len(path):,}"
    if canonical(path) == ROOT:
        return "a path must name a file, not the root of the context; write it like /data/report.txt"
    if canonical(path) != path:
        return f'the path is not canonical; write "{canonical(path)}"'
    return None


def parents(path: str) -> Iterator[str]:
    """Name every folder above a path, nearest first, the root left out."""
    while (path := path.rpartition("/")[0]) != "":
        yield path


def file_and_folder(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Find the paths that are a file and a folder at once.

    Returns:
        Pairs (the path used as a file, a path below it), in order.
    """
    known = set(paths)
    return sorted((above, path) for path in known for above in parents(path) if above in known)
