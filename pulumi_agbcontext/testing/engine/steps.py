"""Operations on single resources: the call of the provider, the new state and the displayed line."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from pulumi_agbcontext.testing.engine.autonaming import Options
from pulumi_agbcontext.testing.engine.checkpoint import Resource, now
from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.engine.engine_errors import DeploymentError, OperationError
from pulumi_agbcontext.testing.engine.property_paths import Change, differences
from pulumi_agbcontext.testing.engine.property_values import Properties, mark_secret
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.provider_responses import CheckFailure, Diff, ResourceInitFailedError
from pulumi_agbcontext.testing.engine.snapshot import Snapshot

PROTECTED = (
    "resource {urn!r} cannot be deleted because it is protected; remove `protect` from the program and run `up`, "
    "or unprotect it in the state"
)


class Acting(Protocol):
    """Executor of operations on resources: a provider process or, for provider resources, the engine."""

    def check(
        self, urn: str, olds: Properties, news: Properties, autonaming: Options | None = None
    ) -> tuple[Properties, list[CheckFailure]]: ...
    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff: ...
    def create(self, new: Resource, preview: bool) -> tuple[str, Properties]: ...
    def update(self, old: Resource, new: Resource, preview: bool) -> Properties: ...


class Steps:
    """Executes operations, or shows them in a preview. Each method runs in the calling thread."""

    def __init__(self, snapshot: Snapshot, display: Display, preview: bool, parallel: int) -> None:
        """Work on a snapshot.

        Arguments: parallel: maximum number of concurrent operations.
        """
        self._snapshot = snapshot
        self._display = display
        self.preview = preview
        self.failed = False
        self.replaced: set[str] = set()  # URNs
        self._taken_in: set[int] = set()
        self._slots = threading.Semaphore(parallel)
        self._parallel = parallel

    def fail(self, message: str, urn: str = "") -> DeploymentError:
        """Show an error and start no further operations. Return the error to raise."""
        self.failed = True
        self._display.diagnostic("error", message, urn)
        return DeploymentError(message)

    def settle(self, deadline: float) -> None:
        """Wait until no operation is in flight, and start no further ones.

        Arguments: deadline: a time of `time.monotonic`.
        """
        for _ in range(self._parallel):
            self._slots.acquire(timeout=max(deadline - time.monotonic(), 0))

    def same(self, old: Resource, new: Resource) -> Resource:
        """Keep a resource with its id and outputs."""
        if id(old) in self._taken_in:  # just imported, which is already shown and recorded
            return old
        new.id, new.outputs = old.id, old.outputs
        self._display.begin("same", new)
        self._snapshot.put(new, old, save=False)
        self._count("same", new)
        return new

    def create(self, provider: Acting | None, new: Resource) -> Resource:
        """Create a new resource."""
        with self._kept(new), self._carry_out("create", "creating", new):
            self._make(provider, new)
        return new

    def create_replacement(
        self, provider: Acting, old: Resource, new: Resource, delete_later: bool, changes: list[Change]
    ) -> Resource:
        """Create the replacement of a resource.

        Arguments: delete_later: whether the old resource still exists and is deleted at the end of the deployment.
        """
        if not delete_later:
            self._display.begin("replace", new)
        with self._kept(new, old, delete_later):
            with self._carry_out("create-replacement", "creating", new, changes):
                self._make(provider, new)
            if delete_later:
                self._display.begin("replace", new)
        self._count("replace", new)
        return new

    @contextmanager
    def _kept(self, new: Resource, old: Resource | None = None, delete_later: bool = False) -> Iterator[None]:
        """Record the new state instead of the old one, or in addition to it, even after a partial failure."""

        def put() -> None:
            if old is not None:
                old.delete = delete_later
            self._snapshot.put(new, None if delete_later else old)

        try:
            yield
        except ResourceInitFailedError as part:
            new.id, new.outputs, new.init_errors = part.id, part.outputs, part.reasons
            new.modified = now()
            new.created = new.created or new.modified
            put()
            raise
        put()

    def _make(self, provider: Acting | None, new: Resource) -> None:
        if provider is not None:
            new.id, outputs = provider.create(new, self.preview)
            new.outputs = mark_secret(outputs, new.additional_secret_outputs)
        new.created = new.modified = now()

    def update(self, provider: Acting | None, old: Resource, new: Resource, changes: list[Change]) -> Resource:
        """Update a resource in place."""
        with self._kept(new, old), self._carry_out("update", "updating", new, changes):
            new.id, new.outputs = old.id, old.outputs
            if provider is not None:
                try:
                    outputs = provider.update(old, new, self.preview)
                except ResourceInitFailedError:
                    new.inputs = old.inputs  # keep the last successful inputs for diffs
                    raise
                new.outputs = mark_secret(outputs, new.additional_secret_outputs)
            new.modified = now()
        return new

    def delete(self, provider: Provider | None, old: Resource, replaced: bool, deleted: Collection[str]) -> None:
        """Delete a resource.

        Arguments: replaced: whether its replacement already exists; deleted: URNs that are also deleted, for
        `deleted_with`.
        """
        operation = "discard" if old.external else "delete"
        with self._carry_out(f"{operation}-replaced" if replaced else operation, "deleting", old):
            if old.protect and not replaced:
                raise OperationError(PROTECTED.format(urn=old.urn))
            self._remove(provider, old, deleted)
        self._snapshot.drop(old)

    def delete_before_replace(self, provider: Provider | None, old: Resource, deleted: Collection[str]) -> None:
        """Delete a resource before its replacement is created, and record that in the state."""
        with self._carry_out("delete-replaced", "deleting", old):
            self._remove(provider, old, deleted)
        old.pending_replacement = True
        self._snapshot.save()

    def forget(self, old: Resource) -> None:
        """Remove a resource whose replacement was never created."""
        self._display.begin("remove-pending-replace", old)
        self._snapshot.drop(old)

    def _remove(self, provider: Provider | None, old: Resource, deleted: Collection[str]) -> None:
        spared = old.external or old.retain_on_delete or old.deleted_with in deleted
        if provider is not None and not spared and not self.preview:
            provider.delete(old)

    def read(self, provider: Provider, old: Resource | None, new: Resource) -> Resource:
        """Read a resource that is not managed by this stack (`Resource.get`)."""
        if new.id:  # the id may be unknown during a preview
            with self._carry_out("read", "reading", new):
                found = provider.read(replace(new, outputs=new.inputs))
                new.id = found.id or new.id
                new.outputs = mark_secret(found.outputs, new.additional_secret_outputs)
        self._snapshot.put(new, old)
        return new

    def take_in(self, provider: Provider, old: Resource | None, new: Resource) -> Resource:
        """Import an existing resource (`import_`).

        Arguments: old: the previous resource of this name, which is deleted at the end of the deployment.
        """
        operation = "import" if old is None else "import-replacement"
        with self._carry_out(operation, "importing", new):
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
        self._taken_in.add(id(new))
        return new

    def refresh(self, provider: Provider, old: Resource) -> Resource | None:
        """Return the current resource, or None if it no longer exists."""
        self._display.begin("refresh", old)
        found = provider.read(old)
        if not found.id:
            self._snapshot.drop(old)
            self._note("delete", old)
            return None
        inputs = old.inputs if found.inputs is None else found.inputs
        new = replace(old, id=found.id, outputs=found.outputs, inputs=inputs, init_errors=[])
        changes = [*differences(old.inputs, inputs)] or differences(old.outputs, found.outputs)
        if changes:
            new.modified = now()
        self._snapshot.swap(new, old)
        drifted = changes if old.external else provider.diff(new, old.inputs, old.ignore_changes).changes
        self._note("update" if drifted and changes else "same", new, changes)
        return new

    def _note(self, operation: str, resource: Resource, changes: list[Change] | None = None) -> None:
        self._count(operation, resource)
        self._display.step(operation, resource, changes=changes)

    def _count(self, operation: str, resource: Resource) -> None:
        if operation == "replace":
            self.replaced.add(resource.urn)
        self._display.count(operation, resource)

    @contextmanager
    def _carry_out(
        self, operation: str, pending: str, resource: Resource, changes: list[Change] | None = None
    ) -> Iterator[None]:
        with self._slots:
            started = time.monotonic()
            self._display.begin(operation, resource)
            try:
                with self._snapshot.during(pending, resource):
                    yield
            except OperationError:
                self._display.failed(operation, resource)
                raise
            self._display.step(operation, resource, time.monotonic() - started, changes)
        if operation in ("create", "update", "delete", "discard", "import"):  # replacements count once, reads never
            self._count(operation, resource)
