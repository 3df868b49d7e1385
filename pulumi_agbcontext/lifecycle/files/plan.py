"""Which files an update uploads and deletes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_agbcontext.lifecycle.files.sources import digest_of

Entries = Mapping[str, Any]
"""Path to recorded entry, or to source."""


@dataclass(frozen=True)
class FilePlan:
    """What an update does to the files of a context.

    Attributes:
        upload: paths that are new or changed.
        delete: paths that were seeded and are no longer named.
    """

    upload: tuple[str, ...]
    delete: tuple[str, ...]


def plan_files(seeded: Entries, wanted: Entries) -> FilePlan:
    """Compare digests, never sources or times: a touched or moved file is not a change.

    Args:
        seeded: path to recorded entry, as the state has them.
        wanted: path to recorded entry, as check made them.
    """
    return FilePlan(
        upload=tuple(path for path in wanted if path not in seeded or differ(seeded[path], wanted[path])),
        delete=tuple(path for path in seeded if path not in wanted),
    )


def differ(old: object, new: object) -> bool:
    """Tell whether two entries stand for different contents; an unknown one differs from all."""
    return not (isinstance(old, str) and isinstance(new, str) and digest_of(old) == digest_of(new))
