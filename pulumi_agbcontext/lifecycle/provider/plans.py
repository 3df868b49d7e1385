"""Registry of check and diff results, used for the summary that a preview shows for each resource."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource


@dataclass
class Plan:
    """Plan for one resource.

    Attributes:
        outputs: the recorded outputs; None if there is no state.
        changes: kind of each change, by property path.
        left_out: number of files and directories that the filters for directories left out.
        inputs: the inputs of the last update; empty if there is no state.
        shown: whether the summary was shown.
        shown_as_created: whether the summary was shown as a create or a replacement.
    """

    outputs: Mapping[str, Any] | None = field(default=None, repr=False)
    changes: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    shown: bool = False
    shown_as_created: bool = False

    @property
    def exists(self) -> bool:
        """Return whether there is a state. If only the engine decides on a replacement, there is no diff."""
        return bool(self.outputs or self.inputs)

    def replaces(self, *, creates: bool) -> bool:
        """Return whether the resource will be replaced.

        Args:
            creates: whether the resource will be created, either new or as a replacement.
        """
        return self.exists and (creates or "replace" in self.changes.values())


class Plans:
    """Thread-safe registry of the plans of one program, by resource."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, Plan] = {}

    def remembered(self, resource: Resource, olds: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the inputs of the last update. The engine does not pass them to the second check of a replacement."""
        with self._lock:
            plan = self._plans.setdefault(resource.key, Plan())
            plan.inputs = olds or plan.inputs
            return plan.inputs

    def checked(self, resource: Resource, left_out: int) -> None:
        """Record how many files and directories a check left out."""
        with self._lock:
            self._plans[resource.key].left_out = left_out

    def compared(self, resource: Resource, outputs: Mapping[str, Any], changes: Mapping[str, str]) -> None:
        """Record a diff. Diffs of resources without a check, for example of a refresh, are not recorded."""
        with self._lock:
            if resource.key in self._plans:
                self._plans[resource.key].outputs, self._plans[resource.key].changes = outputs, changes

    def to_show(self, resource: Resource, *, creates: bool) -> Plan | None:
        """Return the plan of a resource, once.

        The engine decides on some replacements after the diff. Such a plan is returned a second time, as a create.

        Args:
            resource: the resource.
            creates: whether the resource will be created, either new or as a replacement.
        """
        with self._lock:
            plan = self._plans.get(resource.key)
            if plan is None or plan.shown_as_created or (plan.shown and not creates):
                return None
            plan.shown, plan.shown_as_created = True, creates or "replace" in plan.changes.values()
            return plan
