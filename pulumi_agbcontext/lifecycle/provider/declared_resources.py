"""What one program declares: the resources that a provider process has seen, and what each of them holds.

The owner record of a context decides between programs. Within one program this registry does: two resources of one
name, or of one path, are an error, and what leaves one resource for another in the same update is not deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Resource(NamedTuple):
    """A resource as the program declares it.

    Attributes:
        key: identifies the resource within the program.
        project: name of the Pulumi project.
        stack: name of the stack.
        name: logical name of the resource.
        derived_name: name of a context that is given none; unknown where the parent's URN is.
    """

    key: str
    project: str = ""
    stack: str = ""
    name: str = ""
    derived_name: object = ""


@dataclass
class _Declared:
    name: tuple[str | None, str] | None = None  # region and name that the program gives a context, or the id of a file
    logical_name: str = ""
    held_name: str | None = None  # what the state holds, until it is deleted or renamed
    held_id: str | None = None
    region: str | None = None  # of the context that the state holds; kept through a replacement
    keeps: frozenset[str] = field(default_factory=frozenset)  # ids that the resource has once the update is done
    resource: Resource | None = None


class DeclaredResources:
    """The resources of one program, by their keys; safe to share between threads.

    Ids are those of contexts, or `<context id>/<path>` of files.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resources: dict[str, _Declared] = {}
        self._left: set[str] = set()

    def declare(self, resource: Resource, region: str | None, name: str | None, held_name: str | None = None) -> str:
        """Record that the program declares a resource; called by each check.

        Args:
            resource: the resource.
            region: login region that the program gives a context.
            name: name of the context, or id of the file; None where a preview does not know it.
            held_name: the name, or file id, that the state holds; None where there is no state.

        Returns:
            The logical name of another resource that has this name or file already, or an empty string.
        """
        wanted = None if name is None else (region, name)
        with self._lock:
            for key, other in self._resources.items():
                if key != resource.key and wanted is not None and (other.name == wanted or name in other.keeps):
                    return other.logical_name
            mine = self._resources.setdefault(resource.key, _Declared())
            mine.name, mine.logical_name, mine.keeps = wanted, resource.name, frozenset()
            mine.held_name = held_name or mine.held_name
        return ""

    def compare(
        self, resource: Resource, held_id: str, region: str | None = None, keeps: Iterable[str] | None = None
    ) -> str:
        """Record what the state holds of a resource, and what of it stays; called by each diff.

        A refresh compares resources that no program declares: they are not recorded.

        Args:
            resource: the resource.
            held_id: the id in the state.
            region: the region in the state.
            keeps: the ids that the resource goes on with; None where it is to be replaced.

        Returns:
            An id that another resource keeps, or an empty string.
        """
        with self._lock:
            mine = self._resources.get(resource.key)
            if mine is None:
                return ""
            mine.held_id, mine.region, mine.resource = held_id, region, resource
        return "" if keeps is None else self.keep(resource, keeps)

    def keep(self, resource: Resource, ids: Iterable[str]) -> str:
        """Record what a resource has; returns an id that another resource keeps, or an empty string."""
        wanted = frozenset(ids)
        with self._lock:
            for key, other in self._resources.items():
                if key != resource.key and not other.keeps.isdisjoint(wanted):
                    return min(other.keeps & wanted)
            self._resources.setdefault(resource.key, _Declared(logical_name=resource.name)).keeps = wanted
        return ""

    def release(self, resource: Resource) -> None:
        """Forget what a resource has: its create failed."""
        with self._lock:
            if resource.key in self._resources:
                self._resources[resource.key].keeps = frozenset()

    def is_kept(self, resource_id: str, beside: Resource | None = None) -> bool:
        """Return whether a resource of the program goes on with a context or file.

        Args:
            resource_id: of the context or file.
            beside: a resource that does not count.
        """
        with self._lock:
            found = [key for key, one in self._resources.items() if resource_id in one.keeps]
        return any(beside is None or key != beside.key for key in found)

    def ended(self, resource_id: str, name: str = "", region: str | None = None, *, left: bool = False) -> None:
        """Record that a resource no longer holds a context or file, and in which region the context was.

        Args:
            resource_id: of the context or file.
            name: of the context, for a resource whose id was not shown.
            region: of the context.
            left: whether it still exists, because it is another owner's.
        """
        with self._lock:
            if left:
                self._left.add(resource_id)
            for one in self._resources.values():
                if one.held_id == resource_id or (one.held_id is None and name and one.held_name == name):
                    one.held_id = one.held_name = None
                    one.region = region or one.region

    def holder(self, resource_id: str) -> Resource | None:
        """Return the resource that holds a context or file in the state, as far as a diff has shown it."""
        with self._lock:
            return next((one.resource for one in self._resources.values() if one.held_id == resource_id), None)

    def was_left(self, resource_id: str) -> bool:
        """Return whether a delete of this run has left a context to another owner."""
        with self._lock:
            return resource_id in self._left

    def may_take(self, resource: Resource, name: str, resource_id: str, resuming: bool = False) -> bool:
        """Return whether a create may have what exists already, `adopt` and `overwrite` included.

        It may not have what a living resource holds, its own predecessor included: the engine decides some replacements
        alone, and creates before it deletes.

        Args:
            resource: the resource that is to be created.
            name: of the context, or id of the file.
            resource_id: the id that was found under the name.
            resuming: whether it was found to be this resource's own unfinished create; then the name alone, without the
                id that the state holds, does not tell it from its predecessor.
        """
        with self._lock:
            mine = self._resources.get(resource.key, _Declared())
            predecessor = mine.held_name == name and mine.held_id in (resource_id, *(() if resuming else (None,)))
            others = [one for key, one in self._resources.items() if key != resource.key]
            taken = any(resource_id == one.held_id or resource_id in one.keeps for one in others)
            return not (predecessor or taken)

    def region(self, resource: Resource) -> str | None:
        """Return the region of the context that a resource had before its replacement."""
        with self._lock:
            return self._resources.get(resource.key, _Declared()).region
