"""Messages about local archives. Each is one clause, to which the caller adds the property."""

from __future__ import annotations

from pulumi_agbcontext.messages.quoted import in_parentheses
from pulumi_agbcontext.messages.sizes import readable

DUPLICATE = "the archive contains it more than once"
ENCRYPTED = "it is encrypted"
NOT_A_FILE = "it is a link, a device or another special file"
UNKNOWN_COMPRESSION = "its compression method is not supported"


def also_a_directory(below: str) -> str:
    """A member is both a file and the directory of another member."""
    return f"it is also the directory of member '{below}'"


def unreadable(path: str, cause: str) -> str:
    """The archive cannot be read."""
    return f"archive {path} cannot be read {in_parentheses(cause)}"


def malformed(path: str, cause: str) -> str:
    """The archive is malformed or truncated."""
    return f"archive {path} is malformed {in_parentheses(cause.replace(': ', ', ') or 'it is truncated')}"


def separator_in_path(path: str, separator: str) -> str:
    """The path of the archive contains the characters that separate it from the name of a member."""
    return f"the path of archive {path} must not contain '{separator}'; rename it"


def bad_member(path: str, member: str, fault: str) -> str:
    """A member of an archive cannot be seeded.

    Args:
        path: path of the archive.
        member: name of the member.
        fault: reason.
    """
    return f"member '{member}' of archive {path} cannot be seeded because {fault}"


def no_such_member(path: str, member: str) -> str:
    """The archive no longer contains the member."""
    return f"archive {path} contains no member '{member}'"


def too_many_members(path: str, limit: int) -> str:
    """The archive contains too many members."""
    return f"archive {path} contains more than {limit:,} members"


def too_large(path: str, member: str, limit: int) -> str:
    """The decompressed archive is too large, in absolute terms or relative to the size of the archive.

    Args:
        path: path of the archive.
        member: name of the member that exceeds the limit; empty if unknown.
        limit: maximum size in bytes.
    """
    at = f" (limit reached at member '{member}')" if member else ""
    return f"archive {path} decompresses to more than {readable(limit)}{at}"
