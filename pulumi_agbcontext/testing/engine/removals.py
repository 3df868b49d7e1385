"""Deletes of replaced resources with their dependents, and of resources that a program no longer declares."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.engine_errors import EngineError, OperationError
from pulumi_agbcontext.testing.engine.property_values import UNKNOWN
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.steps import Steps


class Removals:
    """Deletes resources in order of dependency."""

    def __init__(self, steps: Steps, find_provider: Callable[[Resource], Provider | None]) -> None:
        """Prepare for a deployment.

        Arguments: find_provider: returns the provider of a resource in the state, or None if it has no provider.
        """
        self._steps = steps
        self._find_provider = find_provider
        self._gone: dict[str, threading.Event] = {}  # by URN: set once the resource is deleted

    def includes(self, urn: str) -> bool:
        """Return whether the resource was deleted or is about to be deleted."""
        return urn in self._gone

    def await_deletion(self, urn: str) -> bool:
        """Return whether the resource is deleted because of a replacement. If so, wait until it is deleted."""
        event = self._gone.get(urn)
        if event is None:
            return False
        event.wait()
        return True

    def replace(self, old: Resource, base: list[Resource], spared: set[str], lock: threading.RLock) -> None:
        """Delete a resource, after all resources that must be replaced with it, dependents first.

        Arguments: base: all resources in the state; spared: URNs of resources that the program has already registered.
        """
        condemned = [old]
        with lock:
            for resource in base:
                if resource.urn not in spared and self._must_go_with(resource, old, {c.urn for c in condemned}):
                    condemned.append(resource)
            events = {resource.urn: threading.Event() for resource in condemned}
            self._gone.update(events)
        try:
            for resource in reversed(condemned):
                if resource.protect and resource is not old:
                    raise OperationError(f"unable to replace {old.urn!r}: {resource.urn!r} needs it and is protected")
                self._steps.delete_before_replace(self._find_provider(resource), resource, events.keys())
        finally:
            for event in events.values():
                event.set()

    def _must_go_with(self, resource: Resource, old: Resource, condemned: set[str]) -> bool:
        if not resource.custom or resource.external or resource.delete or resource.pending_replacement:
            return False
        if resource.urn in self._gone or resource.is_provider:
            return False
        if resource.deleted_with in condemned or old.urn in resource.replace_with:
            return True
        unknown = {key for key, urns in resource.property_dependencies.items() if condemned & set(urns)}
        if not unknown & resource.inputs.keys():
            return False
        inputs = {key: UNKNOWN if key in unknown else value for key, value in resource.inputs.items()}
        provider = self._find_provider(resource)
        return provider is not None and bool(provider.diff(resource, inputs, resource.ignore_changes).replaces)

    def delete_all(self, condemned: list[Resource], parallel: int) -> None:
        """Delete resources, dependents first, until a delete fails."""
        for resource in condemned:
            self._gone[resource.urn] = threading.Event()
        while condemned and not self._steps.failed:
            needed = {urn for resource in condemned for urn in resource.needs}
            free = [resource for resource in condemned if resource.urn not in needed]
            with ThreadPoolExecutor(parallel) as pool:
                list(pool.map(self._delete, free or condemned))
            condemned = [resource for resource in condemned if free and resource not in free]

    def _delete(self, old: Resource) -> None:
        try:
            if old.pending_replacement:
                self._steps.forget(old)
            else:
                self._steps.delete(
                    None if self._steps.preview else self._find_provider(old), old, old.delete, self._gone.keys()
                )
        except EngineError as error:
            self._steps.fail(str(error), old.urn)
