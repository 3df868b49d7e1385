"""Deployment: converts the registrations of a program to steps, and deletes resources that it no longer registers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pulumi_agbcontext.testing.engine.autonaming import Options, read_autonaming
from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint, Resource
from pulumi_agbcontext.testing.engine.engine_errors import DeploymentError, EngineError, OperationError
from pulumi_agbcontext.testing.engine.goal import STACK_TYPE, Goal, make_urn
from pulumi_agbcontext.testing.engine.property_paths import changes_at, covers, differences, restore_ignored
from pulumi_agbcontext.testing.engine.property_values import Properties, has_unknown, reveal
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.provider_resources import Providers, Setting, default_provider, reference_to
from pulumi_agbcontext.testing.engine.provider_responses import CheckFailure, Diff
from pulumi_agbcontext.testing.engine.removals import Removals
from pulumi_agbcontext.testing.engine.snapshot import Snapshot
from pulumi_agbcontext.testing.engine.steps import Acting, Steps

IGNORES_AUTONAMING = (
    "{urn} resource has a custom autonaming setting but the provider does not support autonaming configuration, "
    "consider upgrading to a newer version"
)


class Deployment:
    """Deployment of a stack. It accepts concurrent registrations, each of which returns when its operation is done."""

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
        self._providers = Providers(setting.start_provider)
        self._removals = Removals(self._steps, self._provider_of)
        self._defaults: dict[tuple[str, str], str] = {}
        self._autonaming = read_autonaming(setting.config, setting.project.name, setting.stack)
        self._proposed: dict[str, Options] = {}  # by URN
        self._lock = threading.RLock()
        self._defaults_lock = threading.Lock()
        self.stack_outputs: Properties | None = None

    @property
    def failed(self) -> bool:
        """Return whether an operation failed. No operation starts after a failure."""
        return self._steps.failed

    def fail(self, message: str, urn: str = "") -> DeploymentError:
        """Show an error and start no further operations. Return the error to raise."""
        return self._steps.fail(message, urn)

    # registrations

    def register(self, goal: Goal) -> Resource:
        """Bring a resource to its goal state.

        Raises: DeploymentError if this or an earlier operation failed; the diagnostics contain the reason.
        """
        if self.failed:
            raise DeploymentError("the deployment has already failed")
        urn = self._urn(goal)
        try:
            self._claim(urn, goal)
            old = self._find_old(urn, goal.aliases)
            new = goal.resource(urn, old)
            self._news[urn] = new
            registered = self._custom(goal, old, new) if goal.custom else self._component(old, new)
        except DeploymentError:
            raise
        except EngineError as error:
            raise self.fail(str(error), urn) from None
        self._news[urn] = registered
        return registered

    def _urn(self, goal: Goal) -> str:
        return make_urn(self._setting.stack, self._setting.project.name, goal.parent, goal.type, goal.name)

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

    def _component(self, old: Resource | None, new: Resource) -> Resource:
        if old is None:
            return self._steps.create(None, new)
        changes = differences(old.inputs, new.inputs)
        return self._steps.update(None, old, new, changes) if changes else self._steps.same(old, new)

    def _custom(self, goal: Goal, old: Resource | None, new: Resource) -> Resource:
        if new.is_provider:
            return self._managed(self._providers, goal, old, new)
        new.provider = self._reference(goal)
        provider = self._find(new.provider)
        goal = self._name(goal, new.urn, provider)
        if not goal.import_id or (old is not None and not old.external and goal.import_id in (old.id, old.import_id)):
            return self._managed(provider, goal, old, new)
        taken_in = self._steps.take_in(provider, old, new)
        wanted = replace(goal.resource(new.urn, taken_in), provider=new.provider)
        return self._managed(provider, goal, taken_in, wanted)

    def _name(self, goal: Goal, urn: str, provider: Provider) -> Goal:
        """Record how to name a resource. Return its goal; with a fixed name, a replacement deletes first."""
        proposal = self._autonaming.propose(goal.type, goal.name) if self._autonaming else None
        if proposal is None:
            return goal
        self._proposed[urn] = proposal.options
        if proposal.is_expected and not provider.supports_autonaming:
            self._display.diagnostic("warning", IGNORES_AUTONAMING.format(urn=urn), urn)
        return replace(goal, delete_before_replace=True) if proposal.is_fixed else goal

    def _managed(self, provider: Acting, goal: Goal, old: Resource | None, new: Resource) -> Resource:
        if old is not None and self._removals.await_deletion(old.urn):
            new.inputs = self._check(provider, new, {}, new.inputs)
            return self._steps.create_replacement(provider, old, new, delete_later=False, changes=[])
        if old is None:
            new.inputs = self._check(provider, new, {}, new.inputs)
            return self._steps.create(provider, new)
        if old.external:
            new.inputs = self._check(provider, new, {}, new.inputs)
            return self._steps.create_replacement(provider, old, new, delete_later=True, changes=[])
        inputs = restore_ignored(new.inputs, old.inputs, goal.ignore_changes)
        new.inputs = self._check(provider, new, old.inputs, inputs)
        return self._change(provider, goal, old, new)

    def _change(self, provider: Acting, goal: Goal, old: Resource, new: Resource) -> Resource:
        triggered = self._is_triggered(old, new) or not self._steps.replaced.isdisjoint(new.replace_with)
        diff = Diff(True) if triggered else self._diff(provider, replace(old, urn=new.urn), new.inputs, goal)
        changes = changes_at(diff.detailed, {**old.outputs, **old.inputs}, new.inputs)
        changes = changes or differences(old.inputs, new.inputs)
        if not diff.changes and not old.pending_replacement:
            return self._steps.update(provider, old, new, []) if old.init_errors else self._steps.same(old, new)
        if not (diff.replaces or triggered or old.pending_replacement):
            return self._steps.update(provider, old, new, changes)
        if old.protect and new.protect:
            raise OperationError(f"unable to replace resource {new.urn!r} as it is currently marked for protection")
        new.inputs = self._check(provider, new, {}, goal.inputs)
        first = diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        if first and not old.pending_replacement:
            self._removals.replace(old, self._base, self._taken_over, self._lock)
        return self._steps.create_replacement(provider, old, new, not first and not old.pending_replacement, changes)

    def _is_triggered(self, old: Resource, new: Resource) -> bool:
        before, after = reveal(old.replacement_trigger), reveal(new.replacement_trigger)
        if has_unknown(after):
            return True
        return before is not None and after is not None and before != after

    def _check(self, provider: Acting, new: Resource, olds: Properties, inputs: Properties) -> Properties:
        checked, failures = provider.check(new.urn, olds, inputs, self._proposed.get(new.urn))
        if not failures:
            return checked
        for failure in failures:
            self.fail(_worded(new, failure, inputs), new.urn)
        raise DeploymentError("check failed")

    def _diff(self, provider: Acting, old: Resource, inputs: Properties, goal: Goal) -> Diff:
        if goal.deleted_with and self._removals.includes(goal.deleted_with):
            return Diff(True, ["deletedWith"])
        diff = provider.diff(old, inputs, goal.ignore_changes)
        changed = [*diff.changed, *diff.detailed]
        if diff.changes is None:
            changed = [
                c.path for c in differences(old.inputs, restore_ignored(inputs, old.inputs, goal.ignore_changes))
            ]
            diff.changes = bool(changed)
        paths = [path for path in changed if any(covers(pattern, path) for pattern in goal.replace_on_changes)]
        diff.replaces = [*diff.replaces, *paths]
        return diff

    # providers

    def _reference(self, goal: Goal) -> str:
        """Return the provider of a resource or function: that of the program, otherwise the package's default."""
        if goal.provider:
            return goal.provider
        wanted = (goal.package, goal.version)
        with self._defaults_lock:
            if wanted not in self._defaults:
                self._defaults[wanted] = reference_to(self.register(default_provider(*wanted, self._setting.config)))
            return self._defaults[wanted]

    def _find(self, reference: str) -> Provider:
        return self._providers.find(reference, [*self._base, *self._news.values()])

    def _provider_of(self, resource: Resource) -> Provider | None:
        managed = resource.custom and not resource.is_provider
        return self._find(resource.provider) if managed else None

    def find_provider(self, goal: Goal) -> Provider:
        """Return the provider for a resource or a function with this goal.

        Raises: DeploymentError; EngineError if there is no such provider.
        """
        return self._find(self._reference(goal))

    # other calls of a program

    def read(self, goal: Goal, id_: str) -> Resource:
        """Read an existing resource by its id, which is empty if unknown during a preview.

        Raises: DeploymentError.
        """
        urn = self._urn(goal)
        try:
            self._claim(urn, goal)
            reference = self._reference(goal)
            old = self._find_old(urn, [])
            new = replace(goal.resource(urn, old), id=id_, external=True, provider=reference)
            self._news[urn] = new
            if old is not None and not old.external and old.id != id_:
                old.delete = True
                old = None
            return self._steps.read(self._find(reference), old, new)
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
        """Stop early: finish operations in flight, start no further ones, and record the progress in the state."""
        self.fail("interrupted: waiting for the operations in flight; interrupt again to stop waiting for them")
        self._providers.cancel()
        self._steps.settle(deadline)
        self.snapshot.save()

    def finish(self) -> None:
        """Delete the resources that the program did not register, unless an operation failed."""
        if not self.failed:
            left = self.snapshot.checkpoint().resources
            kept = {id(new) for new in self._news.values()}
            condemned = [r for r in left if r.delete or (id(r) not in kept and r.urn not in self._claimed)]
            self._removals.delete_all(condemned, self._setting.parallel)
        self.snapshot.save()

    def destroy(self) -> None:
        """Delete all resources."""
        self._removals.delete_all(self._base, self._setting.parallel)
        self.snapshot.save()

    def refresh(self) -> None:
        """Read every resource in the state, and remove resources that no longer exist."""
        with ThreadPoolExecutor(self._setting.parallel) as pool:
            list(pool.map(self._refresh, self._base))
        self.snapshot.forget_missing()
        self.snapshot.save()
        self._base = self.snapshot.checkpoint().resources
        self._olds = {r.urn: r for r in self._base if not r.delete}

    def _refresh(self, old: Resource) -> None:
        if old.delete or self.failed:
            return
        if not old.custom or old.pending_replacement or old.is_provider:
            self._display.begin("refresh", old)
            self._display.count("same", old)
            return
        try:
            self._steps.refresh(self._find(old.provider), old)
        except EngineError as error:
            self.fail(str(error), old.urn)


def _worded(resource: Resource, failure: CheckFailure, inputs: Properties) -> str:
    """Return the message for a rejected input. As in the CLI, it contains the value, even if the value is a secret."""
    subject = f"{resource.type} resource {resource.name!r}"
    if not failure.property:
        return f"{subject} has a problem: {failure.reason}"
    value = reveal(inputs.get(failure.property))
    return f"{subject}: property {failure.property} value {{{value}}} has a problem: {failure.reason}"
