"""Registry of the resources that one program declares, and of the contexts and files that each of them holds.

Owner records resolve conflicts between programs; this registry resolves conflicts within one program. Two resources
with the same name or path are an error. A context or file that moves from one resource to another in the same update is
not deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Resource(NamedTuple):
    """A resource as the program declares it.

    Attributes:
        key: unique key of the resource within the program.
        project: name of the Pulumi project.
        stack: name of the stack.
        name: logical name of the resource.
        derived_name: name of a context for which the program sets none; unknown if the URN of the parent is unknown.
    """

    key: str
    project: str = ""
    stack: str = ""
    name: str = ""
    derived_name: object = ""


@dataclass
class _Declared:
    name: tuple[str | None, str] | None = None  # region and name of a context, or None and id of a file, in the program
    logical_name: str = ""
    held_name: str | None = None  # the name in the state, until it is deleted or renamed
    held_id: str | None = None
    region: str | None = None  # region of the context in the state; kept during a replacement
    keeps: frozenset[str] = field(default_factory=frozenset)  # ids that the resource holds after the update
    resource: Resource | None = None


class DeclaredResources:
    """Thread-safe registry of the resources of one program, by key.

    An id is the id of a context, or `<context id>/<path>` for a file.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resources: dict[str, _Declared] = {}
        self._left: set[str] = set()

    def declare(self, resource: Resource, region: str | None, name: str | None, held_name: str | None = None) -> str:
        """Record that the program declares a resource. Called by each check.

        Args:
            resource: the resource.
            region: login region of a context in the program; None for a file.
            name: name of the context or id of the file; None if unknown during a preview.
            held_name: name or file id in the state; None if there is no state.

        Returns:
            The logical name of another resource that already declares this name or file, or an empty string.
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
        """Record the id in the state of a resource, and the ids that the resource keeps. Called by each diff.

        Resources that the program does not declare, which a refresh compares, are not recorded.

        Args:
            resource: the resource.
            held_id: the id in the state.
            region: the region in the state.
            keeps: the ids that the resource keeps; None if it is to be replaced.

        Returns:
            An id that another resource already keeps, or an empty string.
        """
        with self._lock:
            mine = self._resources.get(resource.key)
            if mine is None:
                return ""
            mine.held_id, mine.region, mine.resource = held_id, region, resource
        return "" if keeps is None else self.keep(resource, keeps)

    def keep(self, resource: Resource, ids: Iterable[str]) -> str:
        """Record the ids that a resource keeps. Return an id that another resource keeps, or an empty string."""
        wanted = frozenset(ids)
        with self._lock:
            for key, other in self._resources.items():
                if key != resource.key and not other.keeps.isdisjoint(wanted):
                    return min(other.keeps & wanted)
            self._resources.setdefault(resource.key, _Declared(logical_name=resource.name)).keeps = wanted
        return ""

    def release(self, resource: Resource) -> None:
        """Remove the ids that a resource keeps, after its create failed."""
        with self._lock:
            if resource.key in self._resources:
                self._resources[resource.key].keeps = frozenset()

    def is_kept(self, resource_id: str, beside: Resource | None = None) -> bool:
        """Return whether a resource of the program keeps a context or file.

        Args:
            resource_id: id of the context or file.
            beside: a resource to ignore.
        """
        with self._lock:
            found = [key for key, one in self._resources.items() if resource_id in one.keeps]
        return any(beside is None or key != beside.key for key in found)

    def ended(self, resource_id: str, name: str = "", region: str | None = None, *, left: bool = False) -> None:
        """Record that a resource no longer holds a context or file, and the region of the context.

        Args:
            resource_id: id of the context or file.
            name: name of the context, to find a resource whose id is not recorded.
            region: region of the context.
            left: whether the context still exists because it belongs to another owner.
        """
        with self._lock:
            if left:
                self._left.add(resource_id)
            for one in self._resources.values():
                if one.held_id == resource_id or (one.held_id is None and name and one.held_name == name):
                    one.held_id = one.held_name = None
                    one.region = region or one.region

    def holder(self, resource_id: str) -> Resource | None:
        """Return the resource that holds a context or file in the state, or None if no diff has recorded it."""
        with self._lock:
            return next((one.resource for one in self._resources.values() if one.held_id == resource_id), None)

    def other_holder(self, resource: Resource, resource_id: str) -> str:
        """Return the logical name of another resource that keeps a context or file, or holds it in the state.

        Args:
            resource: the resource that wants the context or file.
            resource_id: id of the context or file.

        Returns:
            The logical name, or an empty string if there is no such resource.
        """
        with self._lock:
            others = [one for key, one in self._resources.items() if key != resource.key]
            names = [one.logical_name for one in others if resource_id == one.held_id or resource_id in one.keeps]
            return min(names, default="")

    def was_left(self, resource_id: str) -> bool:
        """Return whether a delete in this run kept a context because it belongs to another owner."""
        with self._lock:
            return resource_id in self._left

    def may_take(self, resource: Resource, name: str, resource_id: str, resuming: bool = False) -> bool:
        """Return whether a create may take over an existing context or file.

        A create must not take over what another resource or its own predecessor still holds, even with `adopt` or
        `overwrite_on_create`. The engine decides on some replacements itself and creates before it deletes.

        Args:
            resource: the resource that is to be created.
            name: name of the context or id of the file.
            resource_id: the existing id for that name.
            resuming: whether the context is an unfinished create of this resource. In that case, the name alone does
                not identify the predecessor: the id in the state must match too.
        """
        with self._lock:
            mine = self._resources.get(resource.key, _Declared())
            predecessor = mine.held_name == name and mine.held_id in (resource_id, *(() if resuming else (None,)))
            others = [one for key, one in self._resources.items() if key != resource.key]
            taken = any(resource_id == one.held_id or resource_id in one.keeps for one in others)
            return not (predecessor or taken)

    def region(self, resource: Resource) -> str | None:
        """Return the region of the context that a resource held before its replacement."""
        with self._lock:
            return self._resources.get(resource.key, _Declared()).region
