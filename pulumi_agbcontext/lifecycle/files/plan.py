"""Plan of the uploads and deletes of one update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_agbcontext.lifecycle.files.sources import digest_of

Entries = Mapping[str, Any]
"""Recorded entries or sources, by path."""


@dataclass(frozen=True)
class FilePlan:
    """File changes of one update.

    Attributes:
        added: paths of new files.
        overwritten: paths of seeded files whose content changed.
        delete: paths of seeded files that were removed from the inputs.
    """

    added: tuple[str, ...]
    overwritten: tuple[str, ...]
    delete: tuple[str, ...]

    @property
    def upload(self) -> tuple[str, ...]:
        """Return the paths of all files to upload."""
        return self.added + self.overwritten


def plan_files(seeded: Entries, wanted: Entries) -> FilePlan:
    """Return the uploads and deletes that bring the seeded files in line with the inputs.

    Only digests are compared. A different source or modification time is not a change.

    Args:
        seeded: recorded entries by path, from the state.
        wanted: recorded entries by path, from the checked inputs.
    """
    return FilePlan(
        added=tuple(path for path in wanted if path not in seeded),
        overwritten=tuple(path for path in wanted if path in seeded and differ(seeded[path], wanted[path])),
        delete=tuple(path for path in seeded if path not in wanted),
    )


def differ(old: object, new: object) -> bool:
    """Return whether two entries have different contents. An unknown entry differs from every other entry."""
    return not (isinstance(old, str) and isinstance(new, str) and digest_of(old) == digest_of(new))
