"""Gitignore patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.messages import inputs as invalid

if TYPE_CHECKING:
    import pathspec


def compiled(patterns: Iterable[str], source: str = "") -> pathspec.GitIgnoreSpec | None:
    """Parse patterns.

    Args:
        patterns: gitignore patterns.
        source: path of the file that contains them; empty if the program contains them.

    Returns:
        The patterns, or None if there are none.

    Raises:
        SourceError: a pattern is invalid.
    """
    lines = [patterns] if isinstance(patterns, str) else list(patterns)
    if not lines:
        return None
    import pathspec  # imported on demand, because few programs use patterns

    try:
        return pathspec.GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise SourceError(invalid.bad_pattern(str(error), source)) from error


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a predicate for whether a path matches one of the patterns. Invalid patterns match nothing.

    Args:
        patterns: gitignore patterns, relative to the directory that the paths are relative to.
    """
    try:
        found = compiled(patterns)
    except SourceError:  # check reports it
        found = None
    return lambda path: found is not None and found.match_file(path.lstrip("/"))
