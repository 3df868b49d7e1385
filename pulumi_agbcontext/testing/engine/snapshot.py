"""State during a deployment, with new resources, remaining old resources and operations in flight."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint, Operation, Resource


class Snapshot:
    """State that is saved at every step, so that a killed process loses nothing.

    Args:
        base: state before the deployment.
        save: called with the complete state after each change, in the thread of the change.
    """

    def __init__(self, base: Checkpoint, save: Callable[[Checkpoint], None]) -> None:
        self._base = list(base.resources)
        self._news: list[Resource] = []
        self._obsolete: set[int] = set()
        self._pending: list[Operation] = []
        self._earlier_pending = [o for o in base.pending_operations if o.type == "creating"]
        self._save = save
        self._lock = threading.RLock()

    def checkpoint(self) -> Checkpoint:
        """Return the current state. New resources come first, because they cannot depend on remaining old resources."""
        with self._lock:
            resources = [r for r in (*self._news, *self._base) if id(r) not in self._obsolete]
            return Checkpoint(resources, [*self._earlier_pending, *self._pending])

    @contextmanager
    def record_pending(self, operation: str, resource: Resource) -> Iterator[None]:
        """Record an operation as in flight. It remains recorded only if this process dies during it."""
        pending = Operation(resource, operation)
        with self._lock:
            self._pending.append(pending)
            self.save()
        try:
            yield
        finally:
            with self._lock:
                self._pending = [o for o in self._pending if o is not pending]

    def put(self, new: Resource, old: Resource | None = None, save: bool = True) -> None:
        """Add a new resource.

        Args:
            new: the new resource.
            old: resource that it supersedes.
            save: whether to save the state; False if a crash cannot lose a change.
        """
        with self._lock:
            if old is not None:
                self._obsolete.add(id(old))
            self._news.append(new)
            if save:
                self.save()

    def swap(self, new: Resource, old: Resource) -> None:
        """Replace a resource in place, which preserves the dependency order."""
        with self._lock:
            self._base = [new if resource is old else resource for resource in self._base]

    def drop(self, old: Resource) -> None:
        """Remove a resource."""
        with self._lock:
            self._obsolete.add(id(old))
            self._news = [resource for resource in self._news if resource is not old]
            self.save()

    def remove_dangling_references(self) -> None:
        """Remove all references to resources that are not in the state."""
        with self._lock:
            known: set[str] = set()
            for resource in self.checkpoint().resources:
                resource.dependencies = [urn for urn in resource.dependencies if urn in known]
                by_property = resource.property_dependencies.items()
                kept = {key: [urn for urn in urns if urn in known] for key, urns in by_property}
                resource.property_dependencies = {key: urns for key, urns in kept.items() if urns}
                resource.replace_with = [urn for urn in resource.replace_with if urn in known]
                resource.deleted_with = resource.deleted_with if resource.deleted_with in known else ""
                known.add(resource.urn)

    def save(self) -> None:
        """Save the state after a change to a resource in it."""
        with self._lock:
            self._save(self.checkpoint())
