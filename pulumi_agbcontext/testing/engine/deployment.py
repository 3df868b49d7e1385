"""One deployment: what the program registers becomes steps, what it no longer registers is deleted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint, Resource
from pulumi_agbcontext.testing.engine.display import PROVIDER_TYPES
from pulumi_agbcontext.testing.engine.errors import DeploymentError, EngineError, OperationError
from pulumi_agbcontext.testing.engine.goal import STACK_TYPE, Goal, make_urn
from pulumi_agbcontext.testing.engine.paths import covers, differences, restore_ignored
from pulumi_agbcontext.testing.engine.provider import Diff, Provider
from pulumi_agbcontext.testing.engine.providers import Providers, Setting
from pulumi_agbcontext.testing.engine.snapshot import Snapshot
from pulumi_agbcontext.testing.engine.steps import Steps
from pulumi_agbcontext.testing.engine.values import UNKNOWN, Properties, has_unknown, reveal


class Deployment:
    """Takes registrations from many threads at once, and answers each when its operation is done."""

    def __init__(self, setting: Setting, base: Checkpoint) -> None:
        self._setting = setting
        self._display = setting.display
        self._base = [replace(resource) for resource in base.resources]
        self._olds = {r.urn: r for r in self._base if not r.delete}
        self.snapshot = Snapshot(replace(base, resources=self._base), setting.save)
        self._steps = Steps(self.snapshot, setting.display, setting.preview, setting.parallel)
        self._news: dict[str, Resource] = {}
        self._claimed: set[str] = set()
        self._taken_over: set[str] = set()
        self._deleted: dict[str, threading.Event] = {}
        self._providers = Providers(setting, self.snapshot)
        self._lock = threading.RLock()
        self.failed = False
        self.stack_outputs: Properties | None = None

    # registrations

    def register(self, goal: Goal) -> Resource:
        """Bring one resource to its goal.

        Raises: DeploymentError when it, or anything before it, failed; the diagnostics say why.
        """
        if self.failed:
            raise DeploymentError("the deployment has failed already")
        urn = make_urn(self._setting.stack, self._setting.project.name, goal.parent, goal.type, goal.name)
        try:
            self._claim(urn, goal)
            old = self._find_old(urn, goal.aliases)
            new = goal.resource(urn, old)
            self._news[urn] = new
            return self._custom(goal, old, new) if goal.custom else self._component(old, new)
        except DeploymentError:
            raise
        except EngineError as error:
            raise self.fail(str(error), urn) from None

    def fail(self, message: str, urn: str = "") -> DeploymentError:
        """Show an error and let nothing new begin. Returns: what to raise."""
        self.failed = True
        self._display.diagnostic("error", message, urn)
        return DeploymentError(message)

    def _claim(self, urn: str, goal: Goal) -> None:
        with self._lock:
            if urn in self._claimed:
                raise EngineError(f"Duplicate resource URN {urn!r}; try giving it a unique name")
            if goal.parent and goal.parent not in self._claimed:
                raise EngineError(f"could not find parent resource {goal.parent!r}")
            self._claimed.add(urn)

    def _find_old(self, urn: str, aliases: list[str]) -> Resource | None:
        for name in (urn, *aliases):
            with self._lock:
                if name in self._olds and name not in self._taken_over:
                    self._taken_over.add(name)
                    return self._olds[name]
        return None

    def _default_provider(self) -> tuple[Provider, str]:
        """The provider of every custom resource, and its reference, registered in the state at its first use."""
        with self._lock:
            if not self._providers.reference:
                self._claimed.add(self._providers.urn)
                self._providers.register(self._find_old(self._providers.urn, []))
        return self._providers.current(), self._providers.reference

    def _component(self, old: Resource | None, new: Resource) -> Resource:
        if old is None:
            return self._steps.create(None, new)
        changes = differences(old.inputs, new.inputs)
        return self._steps.update(None, old, new, changes) if changes else self._steps.same(old, new)

    def _custom(self, goal: Goal, old: Resource | None, new: Resource) -> Resource:
        provider, new.provider = self._default_provider()
        if old is not None and self._was_deleted_for(old):
            new.inputs = self._check(provider, new, {}, goal.inputs)
            return self._steps.create_replacement(provider, old, new, delete_later=False, changes=[])
        if old is None:
            new.inputs = self._check(provider, new, {}, goal.inputs)
            return self._steps.create(provider, new)
        if old.external:
            new.inputs = self._check(provider, new, {}, goal.inputs)
            return self._steps.create_replacement(provider, old, new, delete_later=True, changes=[])
        inputs = restore_ignored(goal.inputs, old.inputs, goal.ignore_changes)
        new.inputs = self._check(provider, new, old.inputs, inputs)
        return self._change(provider, goal, old, new)

    def _change(self, provider: Provider, goal: Goal, old: Resource, new: Resource) -> Resource:
        triggered = self._is_triggered(old, new)
        diff = Diff(True) if triggered else self._diff(provider, old, new.inputs, goal)
        if not diff.changes and not old.pending_replacement:
            return self._steps.update(provider, old, new, []) if old.init_errors else self._steps.same(old, new)
        if not (diff.replaces or triggered or old.pending_replacement):
            return self._steps.update(provider, old, new, differences(old.inputs, new.inputs))
        if old.protect and new.protect:
            raise OperationError(f"unable to replace resource {new.urn!r} as it is currently marked for protection")
        new.inputs = self._check(provider, new, {}, goal.inputs)
        first = diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        if first and not old.pending_replacement:
            self._delete_with_dependents(provider, old)
        changes = differences(old.inputs, new.inputs)
        return self._steps.create_replacement(provider, old, new, not first and not old.pending_replacement, changes)

    def _is_triggered(self, old: Resource, new: Resource) -> bool:
        before, after = reveal(old.replacement_trigger), reveal(new.replacement_trigger)
        if has_unknown(after):
            return True
        return before is not None and after is not None and before != after

    def _check(self, provider: Provider, new: Resource, olds: Properties, inputs: Properties) -> Properties:
        checked, failures = provider.check(new.urn, olds, inputs)
        if not failures:
            return checked
        for failure in failures:
            where = f"property {failure.property} " if failure.property else ""
            self.fail(f"{new.type} resource {new.name!r}: {where}has a problem: {failure.reason}", new.urn)
        raise DeploymentError("check failed")

    def _diff(self, provider: Provider, old: Resource, inputs: Properties, goal: Goal) -> Diff:
        if goal.deleted_with in self._deleted:
            return Diff(True, ["deletedWith"])
        diff = provider.diff(old, inputs, goal.ignore_changes)
        if diff.changes is None:
            changes = differences(old.inputs, restore_ignored(inputs, old.inputs, goal.ignore_changes))
            diff.changes = bool(changes)
            paths = [c.path for c in changes if any(covers(p, c.path) for p in goal.replace_on_changes)]
            diff.replaces = [*diff.replaces, *paths]
        return diff

    # replacements that delete first

    def _was_deleted_for(self, old: Resource) -> bool:
        event = self._deleted.get(old.urn)
        if event is None:
            return False
        event.wait()
        return True

    def _delete_with_dependents(self, provider: Provider, old: Resource) -> None:
        """Delete a resource, and before it all that must be replaced with it, dependents first."""
        condemned = [old]
        with self._lock:
            for resource in self._base:
                if self._must_go_with(provider, resource, {c.urn for c in condemned}):
                    condemned.append(resource)
            events = {resource.urn: threading.Event() for resource in condemned}
            self._deleted.update(events)
        try:
            for resource in reversed(condemned):
                if resource.protect and resource is not old:
                    raise OperationError(f"unable to replace {old.urn!r}: {resource.urn!r} needs it and is protected")
                self._steps.delete_before_replace(provider, resource, events.keys())
        finally:
            for event in events.values():
                event.set()

    def _must_go_with(self, provider: Provider, resource: Resource, condemned: set[str]) -> bool:
        if not resource.custom or resource.external or resource.delete or resource.pending_replacement:
            return False
        if resource.urn in self._taken_over | self._deleted.keys() or resource.type.startswith(PROVIDER_TYPES):
            return False
        if resource.deleted_with in condemned:
            return True
        unknown = {key for key, urns in resource.property_dependencies.items() if condemned & set(urns)}
        if not unknown & resource.inputs.keys():
            return False
        inputs = {key: UNKNOWN if key in unknown else value for key, value in resource.inputs.items()}
        return bool(provider.diff(resource, inputs, resource.ignore_changes).replaces)

    # everything else a program says

    def read(self, goal: Goal, id_: str) -> Resource:
        """Look up an existing resource by its id, empty where a preview does not know it.

        Raises: DeploymentError.
        """
        urn = make_urn(self._setting.stack, self._setting.project.name, goal.parent, goal.type, goal.name)
        try:
            self._claim(urn, goal)
            provider, reference = self._default_provider()
            old = self._find_old(urn, [])
            new = replace(goal.resource(urn, old), id=id_, external=True, provider=reference)
            self._news[urn] = new
            if old is not None and not old.external and old.id != id_:
                old.delete = True
                old = None
            return self._steps.read(provider, old, new)
        except EngineError as error:
            raise self.fail(str(error), urn) from None

    def set_outputs(self, urn: str, outputs: Properties) -> None:
        """Record the outputs of a component, or of the stack."""
        resource = self._news[urn]
        if resource.type == STACK_TYPE:
            self.stack_outputs = outputs
        if resource.outputs != outputs:
            resource.outputs = outputs
            self.snapshot.save()

    # the end of a deployment

    def interrupt(self, deadline: float) -> None:
        """End early: what is under way ends, nothing new begins, and the state says how far it came."""
        self.fail("interrupted: waiting for the operations under way; interrupt again to leave them to themselves")
        self._steps.settle(deadline)
        self.snapshot.save()

    def finish(self) -> None:
        """Delete what the program did not register; after a failure, nothing."""
        if not self.failed:
            left = self.snapshot.checkpoint().resources
            kept = {id(new) for new in self._news.values()}
            self._delete_all([r for r in left if r.delete or (id(r) not in kept and r.urn not in self._claimed)])
        self.snapshot.save()

    def destroy(self) -> None:
        """Delete everything."""
        self._delete_all(self._base)
        self.snapshot.save()

    def _delete_all(self, condemned: list[Resource]) -> None:
        for resource in condemned:
            self._deleted[resource.urn] = threading.Event()
        while condemned and not self.failed:
            needed = {urn for resource in condemned for urn in resource.needs}
            free = [resource for resource in condemned if resource.urn not in needed]
            with ThreadPoolExecutor(self._setting.parallel) as pool:
                list(pool.map(self._delete, free or condemned))
            condemned = [resource for resource in condemned if free and resource not in free]

    def _delete(self, old: Resource) -> None:
        try:
            if old.pending_replacement:
                self._display.begin("remove-pending-replace", old)
                self.snapshot.drop(old)
                return
            managed = old.custom and not old.type.startswith(PROVIDER_TYPES)
            provider = self._providers.remembered(self._base) if managed and not self._setting.preview else None
            self._steps.delete(provider, old, old.delete, self._deleted.keys())
        except EngineError as error:
            self.fail(str(error), old.urn)

    def refresh(self) -> None:
        """Read every resource of the state; what is gone leaves it."""
        with ThreadPoolExecutor(self._setting.parallel) as pool:
            list(pool.map(self._refresh, self._base))
        self.snapshot.forget_missing()
        self.snapshot.save()
        self._base = self.snapshot.checkpoint().resources
        self._olds = {r.urn: r for r in self._base if not r.delete}

    def _refresh(self, old: Resource) -> None:
        if old.delete or self.failed:
            return
        if not old.custom or old.pending_replacement or old.type.startswith(PROVIDER_TYPES):
            self._display.begin("refresh", old)
            self._display.count("same", old)
            return
        try:
            self._steps.refresh(self._providers.remembered(self._base), old)
        except EngineError as error:
            self.fail(str(error), old.urn)
