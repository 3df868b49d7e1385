"""Kinds of sources, and the error for an unreadable source."""

from __future__ import annotations

from enum import Enum

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
SEPARATOR = "!/"  # between the path of an archive and the name of a member, in a source string


class SourceKind(str, Enum):
    """Kinds of sources. The values are recorded in states."""

    FILE = "file"
    TEXT = "text"
    BASE64 = "base64"
    ARCHIVE = "archive"
    DIRECTORY = "folder"
    REMOTE = "remote"
    REMOTE_ARCHIVE = "remotearchive"
    UNSUPPORTED = "unsupported"

    def of(self, value: str) -> str:
        """Return the source string of this kind for a value."""
        return f"{self.value}:{value}"


class SourceError(Exception):
    """A source cannot be read. The message is one clause for a check failure."""


def is_archive(path: str) -> bool:
    """Return whether a path names an archive, by its suffix."""
    return path.lower().endswith(SUFFIXES)
