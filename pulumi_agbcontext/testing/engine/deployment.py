"""Deployment of a stack: runs operations for a program's registrations, and deletes unregistered resources."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pulumi_agbcontext.testing.engine.autonaming import NOT_SUPPORTED, AutonamingOptions, read_autonaming
from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint, Resource
from pulumi_agbcontext.testing.engine.diffs import diff_resource, is_triggered
from pulumi_agbcontext.testing.engine.engine_errors import DeploymentError, EngineError, OperationError
from pulumi_agbcontext.testing.engine.goal import STACK_TYPE, Goal, make_urn
from pulumi_agbcontext.testing.engine.property_paths import changes_at, differences, restore_ignored
from pulumi_agbcontext.testing.engine.property_values import Properties
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.provider_resources import (
    DeploymentOptions,
    Providers,
    default_provider,
    reference_to,
)
from pulumi_agbcontext.testing.engine.provider_responses import Diff
from pulumi_agbcontext.testing.engine.registrations import Registrations
from pulumi_agbcontext.testing.engine.removals import Removals
from pulumi_agbcontext.testing.engine.resource_provider import ResourceProvider
from pulumi_agbcontext.testing.engine.snapshot import Snapshot
from pulumi_agbcontext.testing.engine.steps import Steps


class Deployment:
    """Deployment of a stack. Concurrent registrations are allowed; each returns when its operation is complete.

    Args:
        options: options of the deployment.
        base: state before the deployment.
    """

    def __init__(self, options: DeploymentOptions, base: Checkpoint) -> None:
        self._options = options
        self._display = options.display
        self._base = [replace(resource) for resource in base.resources]
        self._registrations = Registrations(self._base)
        self.snapshot = Snapshot(replace(base, resources=self._base), options.save)
        self._steps = Steps(self.snapshot, options.display, options.preview, options.parallel)
        self._providers = Providers(options.start_provider)
        self._removals = Removals(self._steps, self._provider_of)
        self._defaults: dict[tuple[str, str], str] = {}
        self._autonaming = read_autonaming(options.config, options.project.name, options.stack)
        self._proposed_names: dict[str, AutonamingOptions] = {}  # by URN
        self._defaults_lock = threading.Lock()
        self.stack_outputs: Properties | None = None

    @property
    def failed(self) -> bool:
        """Whether an operation failed. No operation starts after a failure."""
        return self._steps.failed

    def fail(self, message: str, urn: str = "") -> DeploymentError:
        """Show an error, start no further operations, and return the exception to raise.

        Args:
            message: message of the error.
            urn: URN of the resource; empty for the stack.
        """
        return self._steps.fail(message, urn)

    # registrations

    def register(self, goal: Goal) -> Resource:
        """Create, update, replace or keep a resource, depending on its goal.

        Args:
            goal: registration of the resource.

        Returns:
            The resource in its new state.

        Raises:
            DeploymentError: this or an earlier operation failed. The diagnostics contain the reason.
        """
        if self.failed:
            raise DeploymentError("the deployment has already failed")
        urn = self._urn(goal)
        try:
            self._registrations.reserve(urn, goal.parent)
            old = self._registrations.match(urn, goal.aliases)
            new = goal.resource(urn, old)
            self._registrations.resources[urn] = new
            result = self._register_custom(goal, old, new) if goal.custom else self._register_component(old, new)
        except DeploymentError:
            raise
        except EngineError as error:
            raise self.fail(str(error), urn) from None
        self._registrations.resources[urn] = result
        return result

    def _urn(self, goal: Goal) -> str:
        return make_urn(self._options.stack, self._options.project.name, goal.parent, goal.type, goal.name)

    def _register_component(self, old: Resource | None, new: Resource) -> Resource:
        if old is None:
            return self._steps.create(None, new)
        changes = differences(old.inputs, new.inputs)
        return self._steps.update(None, old, new, changes) if changes else self._steps.same(old, new)

    def _register_custom(self, goal: Goal, old: Resource | None, new: Resource) -> Resource:
        if new.is_provider:
            return self._register_managed(self._providers, goal, old, new)
        new.provider = self._provider_reference(goal)
        provider = self._find_process(new.provider)
        goal = self._apply_autonaming(goal, new.urn, provider)
        if not goal.import_id or (old is not None and not old.external and goal.import_id in (old.id, old.import_id)):
            return self._register_managed(provider, goal, old, new)
        imported = self._steps.import_resource(provider, old, new)
        new = replace(goal.resource(new.urn, imported), provider=new.provider)
        return self._register_managed(provider, goal, imported, new)

    def _apply_autonaming(self, goal: Goal, urn: str, provider: Provider) -> Goal:
        """Record the proposed name of a resource, and return its goal. A fixed name requires delete before replace."""
        proposal = self._autonaming.propose(goal.type, goal.name) if self._autonaming else None
        if proposal is None:
            return goal
        self._proposed_names[urn] = proposal.options
        if proposal.is_expected and not provider.supports_autonaming:
            self._display.diagnostic("warning", NOT_SUPPORTED.format(urn=urn), urn)
        return replace(goal, delete_before_replace=True) if proposal.is_fixed else goal

    def _register_managed(
        self, provider: ResourceProvider, goal: Goal, old: Resource | None, new: Resource
    ) -> Resource:
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
        return self._update_or_replace(provider, goal, old, new)

    def _update_or_replace(self, provider: ResourceProvider, goal: Goal, old: Resource, new: Resource) -> Resource:
        triggered = is_triggered(old, new) or not self._steps.replaced.isdisjoint(new.replace_with)
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
        delete_first = diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        if delete_first and not old.pending_replacement:
            self._removals.replace(old, self._base, self._registrations)
        delete_later = not delete_first and not old.pending_replacement
        return self._steps.create_replacement(provider, old, new, delete_later, changes)

    def _check(self, provider: ResourceProvider, new: Resource, olds: Properties, inputs: Properties) -> Properties:
        checked, failures = provider.check(new.urn, olds, inputs, self._proposed_names.get(new.urn))
        if not failures:
            return checked
        for failure in failures:
            self.fail(failure.describe(f"{new.type} resource {new.name!r}", inputs), new.urn)
        raise DeploymentError("check failed")

    def _diff(self, provider: ResourceProvider, old: Resource, inputs: Properties, goal: Goal) -> Diff:
        if goal.deleted_with and self._removals.includes(goal.deleted_with):
            return Diff(True, ["deletedWith"])
        return diff_resource(provider, old, inputs, goal)

    # providers

    def _provider_reference(self, goal: Goal) -> str:
        """Return the reference to the provider in the goal, or to the default provider of the package."""
        if goal.provider:
            return goal.provider
        key = (goal.package, goal.version)
        with self._defaults_lock:
            if key not in self._defaults:
                self._defaults[key] = reference_to(self.register(default_provider(*key, self._options.config)))
            return self._defaults[key]

    def _find_process(self, reference: str) -> Provider:
        return self._providers.find(reference, [*self._base, *self._registrations.resources.values()])

    def _provider_of(self, resource: Resource) -> Provider | None:
        managed = resource.custom and not resource.is_provider
        return self._find_process(resource.provider) if managed else None

    def find_provider(self, goal: Goal) -> Provider:
        """Return the provider process for a resource or a function.

        Args:
            goal: goal of the resource, or one that selects the provider of the function.

        Raises:
            DeploymentError: the default provider cannot be registered.
            EngineError: the provider does not exist.
        """
        return self._find_process(self._provider_reference(goal))

    # other calls of a program

    def read(self, goal: Goal, id_: str) -> Resource:
        """Read an existing resource that the stack does not manage.

        Args:
            goal: registration of the resource.
            id_: ID of the resource; empty if it is unknown during a preview.

        Returns:
            The resource, with its current outputs.

        Raises:
            DeploymentError: the read failed. The diagnostics contain the reason.
        """
        urn = self._urn(goal)
        try:
            self._registrations.reserve(urn, goal.parent)
            reference = self._provider_reference(goal)
            old = self._registrations.match(urn, [])
            new = replace(goal.resource(urn, old), id=id_, external=True, provider=reference)
            self._registrations.resources[urn] = new
            if old is not None and not old.external and old.id != id_:
                old.delete = True
                old = None
            return self._steps.read(self._find_process(reference), old, new)
        except EngineError as error:
            raise self.fail(str(error), urn) from None

    def set_outputs(self, urn: str, outputs: Properties) -> None:
        """Record the outputs of a component or of the stack.

        Args:
            urn: URN of the component or the stack.
            outputs: the outputs.
        """
        resource = self._registrations.resources[urn]
        if resource.type == STACK_TYPE:
            self.stack_outputs = outputs
        if resource.outputs != outputs:
            resource.outputs = outputs
            self.snapshot.save()

    # the end of a deployment

    def interrupt(self, deadline: float) -> None:
        """Cancel the operations in flight, start no others, and save the state.

        Args:
            deadline: when to stop waiting for the operations in flight, as a `time.monotonic()` value.
        """
        self.fail("interrupted: waiting for the operations in flight; interrupt again to stop waiting for them")
        self._providers.cancel()
        self._steps.settle(deadline)
        self.snapshot.save()

    def finish(self) -> None:
        """Delete the resources that the program did not register, unless an operation failed."""
        if not self.failed:
            remaining = self.snapshot.checkpoint().resources
            kept, urns = {id(r) for r in self._registrations.resources.values()}, self._registrations.urns
            to_delete = [r for r in remaining if r.delete or (id(r) not in kept and r.urn not in urns)]
            self._removals.delete_all(to_delete, self._options.parallel)
        self.snapshot.save()

    def destroy(self) -> None:
        """Delete all resources."""
        self._removals.delete_all(self._base, self._options.parallel)
        self.snapshot.save()

    def refresh(self) -> None:
        """Read every resource in the state, and remove resources that no longer exist."""
        with ThreadPoolExecutor(self._options.parallel) as pool:
            list(pool.map(self._refresh, self._base))
        self.snapshot.remove_dangling_references()
        self.snapshot.save()
        self._base = self.snapshot.checkpoint().resources
        self._registrations.set_base(self._base)

    def _refresh(self, old: Resource) -> None:
        if old.delete or self.failed:
            return
        if not old.custom or old.pending_replacement or old.is_provider:
            self._display.begin("refresh", old)
            self._display.count("same", old)
            return
        try:
            self._steps.refresh(self._find_process(old.provider), old)
        except EngineError as error:
            self.fail(str(error), old.urn)
