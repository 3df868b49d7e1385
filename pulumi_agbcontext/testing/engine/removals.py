"""Deletion of resources that the program no longer declares, or that are replaced, with their dependents."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.engine_errors import EngineError, OperationError
from pulumi_agbcontext.testing.engine.property_values import UNKNOWN
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.registrations import Registrations
from pulumi_agbcontext.testing.engine.steps import Steps


class Removals:
    """Deletions of a deployment, in dependency order.

    Args:
        steps: operations of the deployment.
        find_provider: returns the provider of a resource in the state; None if it has no provider.
    """

    def __init__(self, steps: Steps, find_provider: Callable[[Resource], Provider | None]) -> None:
        self._steps = steps
        self._find_provider = find_provider
        self._deletions: dict[str, threading.Event] = {}  # by URN; set when the resource is deleted

    def includes(self, urn: str) -> bool:
        """Return whether the resource was deleted or is about to be deleted."""
        return urn in self._deletions

    def await_deletion(self, urn: str) -> bool:
        """Return whether the resource is deleted because of a replacement. If so, wait until it is deleted."""
        event = self._deletions.get(urn)
        if event is None:
            return False
        event.wait()
        return True

    def replace(self, old: Resource, base: list[Resource], registrations: Registrations) -> None:
        """Delete a resource before its replacement is created, after all resources that must be replaced with it.

        Args:
            old: resource to replace.
            base: all resources in the state.
            registrations: registrations of the program; the resources that they match are not deleted.

        Raises:
            EngineError: a delete failed, or a dependent is protected.
        """
        to_delete = [old]
        with registrations.lock:
            for resource in base:
                urns = {r.urn for r in to_delete}
                if resource.urn not in registrations.matched and self._must_be_deleted_with(resource, old, urns):
                    to_delete.append(resource)
            events = {resource.urn: threading.Event() for resource in to_delete}
            self._deletions.update(events)
        try:
            for resource in reversed(to_delete):
                if resource.protect and resource is not old:
                    raise OperationError(f"unable to replace {old.urn!r}: {resource.urn!r} needs it and is protected")
                self._steps.delete_before_replace(self._find_provider(resource), resource, events.keys())
        finally:
            for event in events.values():
                event.set()

    def _must_be_deleted_with(self, resource: Resource, old: Resource, to_delete: set[str]) -> bool:
        if not resource.custom or resource.external or resource.delete or resource.pending_replacement:
            return False
        if resource.urn in self._deletions or resource.is_provider:
            return False
        if resource.deleted_with in to_delete or old.urn in resource.replace_with:
            return True
        unknown = {key for key, urns in resource.property_dependencies.items() if to_delete & set(urns)}
        if not unknown & resource.inputs.keys():
            return False
        inputs = {key: UNKNOWN if key in unknown else value for key, value in resource.inputs.items()}
        provider = self._find_provider(resource)
        return provider is not None and bool(provider.diff(resource, inputs, resource.ignore_changes).replaces)

    def delete_all(self, to_delete: list[Resource], parallel: int) -> None:
        """Delete resources, dependents first, until a delete fails.

        Args:
            to_delete: the resources.
            parallel: maximum number of concurrent deletes.
        """
        for resource in to_delete:
            self._deletions[resource.urn] = threading.Event()
        while to_delete and not self._steps.failed:
            needed = {urn for resource in to_delete for urn in resource.needs}
            deletable = [resource for resource in to_delete if resource.urn not in needed]
            with ThreadPoolExecutor(parallel) as pool:
                list(pool.map(self._delete, deletable or to_delete))
            to_delete = [resource for resource in to_delete if deletable and resource not in deletable]

    def _delete(self, old: Resource) -> None:
        try:
            if old.pending_replacement:
                self._steps.forget(old)
            else:
                self._steps.delete(
                    None if self._steps.preview else self._find_provider(old), old, old.delete, self._deletions.keys()
                )
        except EngineError as error:
            self._steps.fail(str(error), old.urn)
