"""Operations on individual resources, each with a provider call, the new state and a displayed line."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from pulumi_agbcontext.testing.engine.checkpoint import Resource, now
from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.engine.engine_errors import DeploymentError, OperationError
from pulumi_agbcontext.testing.engine.property_paths import Change, differences
from pulumi_agbcontext.testing.engine.property_values import mark_secret
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.provider_responses import ResourceInitFailedError
from pulumi_agbcontext.testing.engine.resource_provider import ResourceProvider
from pulumi_agbcontext.testing.engine.snapshot import Snapshot

PROTECTED = (
    "resource {urn!r} cannot be deleted because it is protected; remove `protect` from the program and run `up`, "
    "or unprotect it in the state"
)


class Steps:
    """Operations of a deployment, which a preview only shows. Each method runs in the calling thread.

    An operation raises `OperationError` if its provider fails.

    Args:
        snapshot: state of the stack.
        display: display of the operations.
        preview: whether this is a preview.
        parallel: maximum number of concurrent operations.

    Attributes:
        failed: whether an operation failed.
        replaced: URNs of replaced resources.
    """

    def __init__(self, snapshot: Snapshot, display: Display, preview: bool, parallel: int) -> None:
        self._snapshot = snapshot
        self._display = display
        self.preview = preview
        self.failed = False
        self.replaced: set[str] = set()
        self._imported: set[int] = set()
        self._slots = threading.Semaphore(parallel)
        self._parallel = parallel

    def fail(self, message: str, urn: str = "") -> DeploymentError:
        """Show an error, start no further operations, and return the exception to raise.

        Args:
            message: message of the error.
            urn: URN of the resource; empty for the stack.
        """
        self.failed = True
        self._display.diagnostic("error", message, urn)
        return DeploymentError(message)

    def settle(self, deadline: float) -> None:
        """Wait until no operation is in flight, and start no others.

        Args:
            deadline: when to stop waiting, as a `time.monotonic()` value.
        """
        for _ in range(self._parallel):
            self._slots.acquire(timeout=max(deadline - time.monotonic(), 0))

    def same(self, old: Resource, new: Resource) -> Resource:
        """Keep a resource with its ID and outputs."""
        if id(old) in self._imported:  # the import is already shown and recorded
            return old
        new.id, new.outputs = old.id, old.outputs
        self._display.begin("same", new)
        self._snapshot.put(new, old, save=False)
        self._count("same", new)
        return new

    def create(self, provider: ResourceProvider | None, new: Resource) -> Resource:
        """Create a resource.

        Args:
            provider: provider of the resource; None for a component.
            new: resource with checked inputs, which receives the ID and the outputs.
        """
        with self._record_result(new), self._operation("create", "creating", new):
            self._create(provider, new)
        return new

    def create_replacement(
        self, provider: ResourceProvider, old: Resource, new: Resource, delete_later: bool, changes: list[Change]
    ) -> Resource:
        """Create the replacement of a resource.

        Args:
            provider: provider of the resource.
            old: resource in the state.
            new: resource with checked inputs, which receives the ID and the outputs.
            delete_later: whether the old resource still exists and is deleted at the end of the deployment.
            changes: differences to show.
        """
        if not delete_later:
            self._display.begin("replace", new)
        with self._record_result(new, old, delete_later):
            with self._operation("create-replacement", "creating", new, changes):
                self._create(provider, new)
            if delete_later:
                self._display.begin("replace", new)
        self._count("replace", new)
        return new

    @contextmanager
    def _record_result(self, new: Resource, old: Resource | None = None, delete_later: bool = False) -> Iterator[None]:
        """Record the new resource in place of the old one, or in addition to it, even after a partial failure."""

        def put() -> None:
            if old is not None:
                old.delete = delete_later
            self._snapshot.put(new, None if delete_later else old)

        try:
            yield
        except ResourceInitFailedError as error:
            new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
            new.modified = now()
            new.created = new.created or new.modified
            put()
            raise
        put()

    def _create(self, provider: ResourceProvider | None, new: Resource) -> None:
        if provider is not None:
            new.id, outputs = provider.create(new, self.preview)
            new.outputs = mark_secret(outputs, new.additional_secret_outputs)
        new.created = new.modified = now()

    def update(
        self, provider: ResourceProvider | None, old: Resource, new: Resource, changes: list[Change]
    ) -> Resource:
        """Update a resource in place.

        Args:
            provider: provider of the resource; None for a component.
            old: resource in the state.
            new: resource with checked inputs, which receives the ID and the outputs.
            changes: differences to show.
        """
        with self._record_result(new, old), self._operation("update", "updating", new, changes):
            new.id, new.outputs = old.id, old.outputs
            if provider is not None:
                try:
                    outputs = provider.update(old, new, self.preview)
                except ResourceInitFailedError:
                    new.inputs = old.inputs  # later diffs compare with the last successful inputs
                    raise
                new.outputs = mark_secret(outputs, new.additional_secret_outputs)
            new.modified = now()
        return new

    def delete(self, provider: Provider | None, old: Resource, replaced: bool, deleted: Collection[str]) -> None:
        """Delete a resource.

        Args:
            provider: provider of the resource; None if there is nothing to call.
            old: resource in the state.
            replaced: whether its replacement already exists.
            deleted: URNs of all resources that are deleted, for the option `deleted_with`.

        Raises:
            OperationError: the provider failed, or the resource is protected.
        """
        operation = "discard" if old.external else "delete"
        with self._operation(f"{operation}-replaced" if replaced else operation, "deleting", old):
            if old.protect and not replaced:
                raise OperationError(PROTECTED.format(urn=old.urn))
            self._remove(provider, old, deleted)
        self._snapshot.drop(old)

    def delete_before_replace(self, provider: Provider | None, old: Resource, deleted: Collection[str]) -> None:
        """Delete a resource before its replacement is created, and record in the state that it must be created.

        Args:
            provider: provider of the resource; None if there is nothing to call.
            old: resource in the state.
            deleted: URNs of all resources that are deleted, for the option `deleted_with`.
        """
        with self._operation("delete-replaced", "deleting", old):
            self._remove(provider, old, deleted)
        old.pending_replacement = True
        self._snapshot.save()

    def forget(self, old: Resource) -> None:
        """Remove a deleted resource from the state, because its replacement was never created."""
        self._display.begin("remove-pending-replace", old)
        self._snapshot.drop(old)

    def _remove(self, provider: Provider | None, old: Resource, deleted: Collection[str]) -> None:
        skipped = old.external or old.retain_on_delete or old.deleted_with in deleted
        if provider is not None and not skipped and not self.preview:
            provider.delete(old)

    def read(self, provider: Provider, old: Resource | None, new: Resource) -> Resource:
        """Read a resource that the stack does not manage, for `Resource.get`.

        Args:
            provider: provider of the resource.
            old: resource in the state; None for a new one.
            new: resource with its ID, which receives the outputs.
        """
        if new.id:  # it can be unknown during a preview
            with self._operation("read", "reading", new):
                found = provider.read(replace(new, outputs=new.inputs))
                new.id = found.id or new.id
                new.outputs = mark_secret(found.outputs, new.additional_secret_outputs)
        self._snapshot.put(new, old)
        return new

    def import_resource(self, provider: Provider, old: Resource | None, new: Resource) -> Resource:
        """Import an existing resource, for the option `import_`.

        Args:
            provider: provider of the resource.
            old: previous resource with this name, which is deleted at the end of the deployment.
            new: resource with its import ID, which receives the inputs and the outputs.

        Raises:
            OperationError: the provider failed, or the resource does not exist.
        """
        operation = "import" if old is None else "import-replacement"
        with self._operation(operation, "importing", new):
            found = provider.read(replace(new, id=new.import_id, inputs={}, outputs={}))
            if not found.id:
                raise OperationError(f"resource {new.import_id!r} does not exist")
            new.id, new.outputs, new.inputs = found.id, found.outputs, found.inputs or {}
            new.created = new.modified = now()
        if old is not None:
            old.delete = True
            self._display.begin("replace", new)
            self._count("replace", new)
        self._snapshot.put(new)
        self._imported.add(id(new))
        return new

    def refresh(self, provider: Provider, old: Resource) -> Resource | None:
        """Read a resource and update the state.

        Returns:
            The current resource; None if it no longer exists.
        """
        self._display.begin("refresh", old)
        found = provider.read(old)
        if not found.id:
            self._snapshot.drop(old)
            self._report("delete", old)
            return None
        inputs = old.inputs if found.inputs is None else found.inputs
        new = replace(old, id=found.id, outputs=found.outputs, inputs=inputs, init_errors=[])
        changes = [*differences(old.inputs, inputs)] or differences(old.outputs, found.outputs)
        if changes:
            new.modified = now()
        self._snapshot.swap(new, old)
        drifted = changes if old.external else provider.diff(new, old.inputs, old.ignore_changes).changes
        self._report("update" if drifted and changes else "same", new, changes)
        return new

    def _report(self, operation: str, resource: Resource, changes: list[Change] | None = None) -> None:
        self._count(operation, resource)
        self._display.step(operation, resource, changes=changes)

    def _count(self, operation: str, resource: Resource) -> None:
        if operation == "replace":
            self.replaced.add(resource.urn)
        self._display.count(operation, resource)

    @contextmanager
    def _operation(
        self, operation: str, pending: str, resource: Resource, changes: list[Change] | None = None
    ) -> Iterator[None]:
        with self._slots:
            started = time.monotonic()
            self._display.begin(operation, resource)
            try:
                with self._snapshot.record_pending(pending, resource):
                    yield
            except OperationError:
                self._display.failed(operation, resource)
                raise
            self._display.step(operation, resource, time.monotonic() - started, changes)
        if operation in ("create", "update", "delete", "discard", "import"):  # replacements count once, reads do not
            self._count(operation, resource)
