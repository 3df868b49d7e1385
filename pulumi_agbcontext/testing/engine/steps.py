"""Single operations on single resources: the provider's call, the state after it, and the line that shows it."""

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
    "resource {urn!r} cannot be deleted because it is protected; take `protect` out of the program and run up, "
    "or unprotect it in the state"
)


class Acting(Protocol):
    """What carries out operations on resources: a provider process, or for provider resources the engine itself."""

    def check(
        self, urn: str, olds: Properties, news: Properties, autonaming: Options | None = None
    ) -> tuple[Properties, list[CheckFailure]]: ...
    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff: ...
    def create(self, new: Resource, preview: bool) -> tuple[str, Properties]: ...
    def update(self, old: Resource, new: Resource, preview: bool) -> Properties: ...


class Steps:
    """Carries out operations, or shows them in a preview. Each method runs in the calling thread."""

    def __init__(self, snapshot: Snapshot, display: Display, preview: bool, parallel: int) -> None:
        """Work on a snapshot.

        Arguments: parallel: how many operations may run at once.
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
        """Show an error and let nothing new begin. Returns: what to raise."""
        self.failed = True
        self._display.diagnostic("error", message, urn)
        return DeploymentError(message)

    def settle(self, deadline: float) -> None:
        """Wait until no operation is under way, and let none begin from then on.

        Arguments: deadline: on the clock of `time.monotonic`.
        """
        for _ in range(self._parallel):
            self._slots.acquire(timeout=max(deadline - time.monotonic(), 0))

    def same(self, old: Resource, new: Resource) -> Resource:
        """Nothing to do: id and outputs stay."""
        if id(old) in self._taken_in:  # a moment ago, which is shown and recorded already
            return old
        new.id, new.outputs = old.id, old.outputs
        self._display.begin("same", new)
        self._snapshot.put(new, old, save=False)
        self._count("same", new)
        return new

    def create(self, provider: Acting | None, new: Resource) -> Resource:
        """Make a resource that was not there."""
        with self._kept(new), self._carry_out("create", "creating", new):
            self._make(provider, new)
        return new

    def create_replacement(
        self, provider: Acting, old: Resource, new: Resource, delete_later: bool, changes: list[Change]
    ) -> Resource:
        """Make the successor of a resource.

        Arguments: delete_later: the old one still exists, and goes at the end of the deployment.
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
        """Put the new state in place of the old one, or beside it, also when the provider did a part only."""

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
        """Change a resource in place."""
        with self._kept(new, old), self._carry_out("update", "updating", new, changes):
            new.id, new.outputs = old.id, old.outputs
            if provider is not None:
                try:
                    outputs = provider.update(old, new, self.preview)
                except ResourceInitFailedError:
                    new.inputs = old.inputs  # what is wanted compares with what was asked for last, not with a failure
                    raise
                new.outputs = mark_secret(outputs, new.additional_secret_outputs)
            new.modified = now()
        return new

    def delete(self, provider: Provider | None, old: Resource, replaced: bool, deleted: Collection[str]) -> None:
        """Take a resource away.

        Arguments: replaced: its successor stands already; deleted: URNs that go too, for `deleted_with`.
        """
        operation = "discard" if old.external else "delete"
        with self._carry_out(f"{operation}-replaced" if replaced else operation, "deleting", old):
            if old.protect and not replaced:
                raise OperationError(PROTECTED.format(urn=old.urn))
            self._remove(provider, old, deleted)
        self._snapshot.drop(old)

    def delete_before_replace(self, provider: Provider | None, old: Resource, deleted: Collection[str]) -> None:
        """Take a resource away whose successor is still to be made; the state remembers that."""
        with self._carry_out("delete-replaced", "deleting", old):
            self._remove(provider, old, deleted)
        old.pending_replacement = True
        self._snapshot.save()

    def forget(self, old: Resource) -> None:
        """Strike out a resource whose successor was never made."""
        self._display.begin("remove-pending-replace", old)
        self._snapshot.drop(old)

    def _remove(self, provider: Provider | None, old: Resource, deleted: Collection[str]) -> None:
        spared = old.external or old.retain_on_delete or old.deleted_with in deleted
        if provider is not None and not spared and not self.preview:
            provider.delete(old)

    def read(self, provider: Provider, old: Resource | None, new: Resource) -> Resource:
        """Look up a resource that somebody else owns: `Resource.get`."""
        if new.id:  # in a preview the id can be unknown
            with self._carry_out("read", "reading", new):
                found = provider.read(replace(new, outputs=new.inputs))
                new.id = found.id or new.id
                new.outputs = mark_secret(found.outputs, new.additional_secret_outputs)
        self._snapshot.put(new, old)
        return new

    def take_in(self, provider: Provider, old: Resource | None, new: Resource) -> Resource:
        """Bring what exists already under the program's rule: `import_`.

        Arguments: old: what the program had under this name until now; it goes at the end of the deployment.
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
        """The resource as it is now, None when it is gone."""
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
        if operation in ("create", "update", "delete", "discard", "import"):  # a replacement counts once, a read never
            self._count(operation, resource)
