"""Comparison of registered resources with the state."""

from __future__ import annotations

from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.goal import Goal
from pulumi_agbcontext.testing.engine.property_paths import covers, differences, restore_ignored
from pulumi_agbcontext.testing.engine.property_values import Properties, has_unknown, reveal
from pulumi_agbcontext.testing.engine.provider_responses import Diff
from pulumi_agbcontext.testing.engine.resource_provider import ResourceProvider


def is_triggered(old: Resource, new: Resource) -> bool:
    """Return whether the option `replacement_trigger` requires a replacement."""
    before, after = reveal(old.replacement_trigger), reveal(new.replacement_trigger)
    if has_unknown(after):
        return True
    return before is not None and after is not None and before != after


def diff_resource(provider: ResourceProvider, old: Resource, inputs: Properties, goal: Goal) -> Diff:
    """Return the diff of a provider, with the replacements that the option `replace_on_changes` requires.

    Args:
        provider: provider of the resource.
        old: resource in the state.
        inputs: checked inputs of the new resource.
        goal: goal of the new resource, with its options.

    Raises:
        EngineError: the call of the provider failed, or an option contains an invalid property path.
    """
    diff = provider.diff(old, inputs, goal.ignore_changes)
    changed = [*diff.changed, *diff.detailed]
    if diff.changes is None:
        compared = restore_ignored(inputs, old.inputs, goal.ignore_changes)
        changed = [change.path for change in differences(old.inputs, compared)]
        diff.changes = bool(changed)
    paths = [path for path in changed if any(covers(pattern, path) for pattern in goal.replace_on_changes)]
    diff.replaces = [*diff.replaces, *paths]
    return diff
