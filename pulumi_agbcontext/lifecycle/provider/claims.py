"""Claims of a resource: a context, files, and exclusive use of a directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from pulumi_agbcontext import messages
from pulumi_agbcontext.errors import ContextFileExistsError
from pulumi_agbcontext.lifecycle.properties import Failure
from pulumi_agbcontext.messages import inputs


class Conflict(NamedTuple):
    """An id that two resources of a program claim.

    Attributes:
        resource_id: id of a context, or `<context id>/<path>`.
        holder: logical name of the other resource.
        exclusive: whether one of them is exclusive in a directory that contains the file.
    """

    resource_id: str
    holder: str
    exclusive: bool = False

    @property
    def path(self) -> str:
        """Return the absolute path of the file in its context; empty for a context."""
        _, separator, below = self.resource_id.partition("/")
        return (separator + below).rstrip("/") or separator

    def error(self) -> ContextFileExistsError:
        """Return the error for the conflict."""
        context_id, path = self.resource_id.partition("/")[0], self.path
        return messages.two_owners(context_id, path, self.holder, exclusive=self.exclusive)

    def failure(self) -> Failure:
        """Return the check failure for the conflict."""
        return Failure("path", inputs.path_is_taken(self.path, self.holder, exclusive=self.exclusive))


@dataclass(frozen=True)
class Claims:
    """Ids that one resource claims.

    Attributes:
        ids: ids of a context, of files and of directories. The id of a directory ends with a slash.
        exclusive: id of the directory in which the resource allows no other files; empty if there is none.
        ignored: whether the resource allows a file in that directory, by its path relative to the directory.
    """

    ids: frozenset[str] = frozenset()
    exclusive: str = ""
    ignored: Callable[[str], bool] = lambda _path: False

    def conflict(self, other: Claims, holder: str) -> Conflict | None:
        """Return an id that another resource also claims, if any.

        Args:
            other: the claims of the other resource.
            holder: its logical name.
        """
        if not self.ids.isdisjoint(other.ids):
            return Conflict(min(self.ids & other.ids), holder)
        inside = self._inside(other.ids) | other._inside(self.ids)
        return Conflict(min(inside), holder, exclusive=True) if inside else None

    def _inside(self, ids: frozenset[str]) -> set[str]:
        """Return the ids of files and directories that are not allowed in the exclusive directory."""
        if not self.exclusive:
            return set()
        inside = {one for one in ids if one.startswith(self.exclusive) and f"{one}/" not in ids}
        return {one for one in inside if not self.ignored(one.removeprefix(self.exclusive))}


NOTHING = Claims()
"""Empty claims."""
