"""Where the files of a resource are stored: a context, or one of its directories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pulumi_agbcontext.lifecycle.files.paths import ROOT

T = TypeVar("T")


@dataclass(frozen=True)
class Location:
    """A directory in a context. The keys of `files` are paths relative to it that start with a slash.

    Attributes:
        context_id: id of the context.
        directory: canonical path of the directory; `/` for the whole context.
    """

    context_id: str
    directory: str = ROOT

    def path(self, key: str) -> str:
        """Return the absolute path in the context of a key of `files`."""
        return key if self.directory == ROOT else self.directory + key

    def key(self, path: str) -> str | None:
        """Return the key of `files` for an absolute path in the context, or None if it is not in the directory."""
        if self.directory == ROOT:
            return path
        return path.removeprefix(self.directory) if path.startswith(f"{self.directory}/") else None

    def id(self, key: str) -> str:
        """Return the id under which a file is registered: `<context id>/<path>`."""
        return f"{self.context_id}{self.path(key)}"

    def paths(self, files: Mapping[str, T]) -> dict[str, T]:
        """Convert a mapping by key to a mapping by absolute path."""
        return {self.path(key): value for key, value in files.items()}

    def keys(self, files: Mapping[str, T]) -> dict[str, T]:
        """Convert a mapping by absolute path to a mapping by key. Files outside the directory are omitted."""
        return {key: value for path, value in files.items() if (key := self.key(path)) is not None}
