"""Numbers and names of files in messages."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES = 3  # maximum number of paths in a message, by default


def count_of(files: int) -> str:
    """Return a number of files in words, for example `3 files`."""
    return "1 file" if files == 1 else f"{files:,} files"


def named(paths: Sequence[str], count: int, limit: int = _NAMES) -> str:
    """Return the first paths and the number of remaining files, as a list in words."""
    shown, others = ", ".join(paths[:limit]), count - min(len(paths), limit)
    return f"{shown} and {others:,} more" if others else shown


def count_and_names(paths: Sequence[str], count: int) -> str:
    """Return a number of files in words, with the first paths if any are given."""
    return f"{count_of(count)} ({named(paths, count)})" if paths else count_of(count)
