"""Registry of the resources that a program declares, and of the contexts and files that each resource holds.

Owner records resolve conflicts between programs; this registry resolves conflicts within one program. Two resources
with the same name or path are an error. A context or file that moves from one resource to another in the same update is
not deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pulumi_agbcontext.lifecycle.provider.claims import NOTHING, Claims, Conflict


class Autonaming(NamedTuple):
    """Configuration `pulumi:autonaming` of the stack, for one resource.

    Attributes:
        name: name of a context for which the program sets none; None if the program must set it.
    """

    name: str | None


class Resource(NamedTuple):
    """A resource as the program declares it.

    Attributes:
        key: unique key of the resource within the program.
        project: name of the Pulumi project.
        stack: name of the stack.
        name: logical name of the resource.
        derived_name: name of a context for which the program sets none; unknown if the URN of the parent is unknown.
        autonaming: the configuration that takes precedence over the derived name; None if there is none. Set
            only during a check.
    """

    key: str
    project: str = ""
    stack: str = ""
    name: str = ""
    derived_name: object = ""
    autonaming: Autonaming | None = None

    @property
    def default_name(self) -> object:
        """Return the name of a context for which the program sets none; None if the program must set it."""
        return self.derived_name if self.autonaming is None else self.autonaming.name


@dataclass
class _Declared:
    name: tuple[str | None, str] | None = None  # region and name of a context, or None and id of a file, in the program
    logical_name: str = ""
    held_name: str | None = None  # the name in the state, until it is deleted or renamed
    held_id: str | None = None
    region: str | None = None  # region of the context in the state; kept during a replacement
    declares: Claims = NOTHING  # what the program declares, as far as it is known in check
    keeps: Claims = NOTHING  # what the resource holds after the update
    resource: Resource | None = None
    has_derived_name: bool = False  # True if neither the program nor its configuration set the name

    def holds(self, resource_id: str) -> bool:
        return resource_id == self.held_id or resource_id in self.keeps.ids


class DeclaredResources:
    """Thread-safe registry of the resources of one program, by key.

    An id is the id of a context, or `<context id>/<path>` for a file.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resources: dict[str, _Declared] = {}
        self._left: set[str] = set()

    def declare(
        self,
        resource: Resource,
        region: str | None,
        name: str | None,
        held_name: str | None = None,
        claims: Claims | None = None,
    ) -> Conflict | None:
        """Record that the program declares a resource. Each check calls this method.

        Args:
            resource: the resource.
            region: login region of a context in the program; None for a file.
            name: name of the context or id of the file; None if unknown during a preview.
            held_name: name or file id in the state; None if there is no state.
            claims: files that the program declares; None if their context is unknown.

        Returns:
            The conflict with another resource that already declares this name or file, if any.
        """
        wanted = None if name is None else (region, name)
        with self._lock:
            for other in self._others(resource):
                if wanted is not None and other.name == wanted:
                    return Conflict(str(name), other.logical_name)
            if claims is not None and (conflict := self._conflict(resource, claims, declared=True)):
                return conflict
            mine = self._resources.setdefault(resource.key, _Declared())
            mine.name, mine.logical_name = wanted, resource.name
            mine.declares, mine.keeps = claims or NOTHING, NOTHING
            mine.held_name = held_name or mine.held_name
        return None

    def compare(
        self, resource: Resource, held_id: str, region: str | None = None, keeps: Claims | None = None
    ) -> Conflict | None:
        """Record the id in the state of a resource, and what the resource keeps. Each diff calls this method.

        Resources that the program does not declare, which a refresh compares, are not recorded.

        Args:
            resource: the resource.
            held_id: the id in the state.
            region: the region in the state.
            keeps: what the resource keeps; None if it will be replaced.

        Returns:
            The conflict with another resource that already keeps one of the ids, if any.
        """
        with self._lock:
            mine = self._resources.get(resource.key)
            if mine is None:
                return None
            mine.held_id, mine.region, mine.resource = held_id, region, resource
        return None if keeps is None else self.keep(resource, keeps)

    def derive_name(self, resource: Resource, name: object) -> None:
        """Record the name of a context for which the program sets none, after each check without failures.

        Args:
            resource: the resource.
            name: the name after the check; None if the program sets it.
        """
        with self._lock:
            derived = resource.autonaming is None and name is not None and name == resource.derived_name
            self._resources.setdefault(resource.key, _Declared()).has_derived_name = derived

    def has_derived_name(self, resource: Resource) -> bool:
        """Return whether the last check derived the name. No other program would choose a derived name."""
        with self._lock:
            return self._resources.get(resource.key, _Declared()).has_derived_name

    def is_declared(self, resource: Resource) -> bool:
        """Return whether the program declares a resource. A refresh compares resources without running the program."""
        with self._lock:
            return resource.key in self._resources

    def keep(self, resource: Resource, claims: Claims) -> Conflict | None:
        """Record what a resource keeps. If another resource conflicts, record nothing and return the conflict."""
        with self._lock:
            if conflict := self._conflict(resource, claims):
                return conflict
            self._resources.setdefault(resource.key, _Declared(logical_name=resource.name)).keeps = claims
        return None

    def release(self, resource: Resource) -> None:
        """Remove what a resource keeps, after its create failed."""
        with self._lock:
            if resource.key in self._resources:
                self._resources[resource.key].keeps = NOTHING

    def is_kept(self, resource_id: str, beside: Resource | None = None) -> bool:
        """Return whether a resource of the program keeps a context or file.

        Args:
            resource_id: id of the context or file.
            beside: a resource to ignore.
        """
        with self._lock:
            found = [key for key, one in self._resources.items() if resource_id in one.keeps.ids]
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
            return min((one.logical_name for one in self._others(resource) if one.holds(resource_id)), default="")

    def was_left(self, resource_id: str) -> bool:
        """Return whether a delete in this run kept a context because it belongs to another owner."""
        with self._lock:
            return resource_id in self._left

    def may_take(self, resource: Resource, name: str, resource_id: str, resuming: bool = False) -> bool:
        """Return whether a create may take over an existing context or file.

        A create must not take over what another resource or its own predecessor still holds, even with `adopt` or
        `overwrite_on_create`. The engine decides on some replacements itself and creates before it deletes.

        Args:
            resource: the resource to create.
            name: name of the context or id of the file.
            resource_id: the existing id for that name.
            resuming: whether the context is an unfinished create of this resource. In that case, the name alone does
                not identify the predecessor: the id in the state must match too.
        """
        with self._lock:
            mine = self._resources.get(resource.key, _Declared())
            predecessor = mine.held_name == name and mine.held_id in (resource_id, *(() if resuming else (None,)))
            return not (predecessor or any(one.holds(resource_id) for one in self._others(resource)))

    def region(self, resource: Resource) -> str | None:
        """Return the region of the context that a resource held before its replacement."""
        with self._lock:
            return self._resources.get(resource.key, _Declared()).region

    def _others(self, resource: Resource) -> Iterator[_Declared]:
        return (one for key, one in self._resources.items() if key != resource.key)

    def _conflict(self, resource: Resource, claims: Claims, *, declared: bool = False) -> Conflict | None:
        """Return the conflict with another resource's kept claims, and optionally with its declared claims."""
        for other in self._others(resource):
            for theirs in (other.keeps, other.declares) if declared else (other.keeps,):
                if conflict := claims.conflict(theirs, other.logical_name):
                    return conflict
        return None
