"""Summary of what a plan does to the data in a context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.alias_generators import to_snake

from pulumi_agbcontext.lifecycle.context.clear_triggers import triggered
from pulumi_agbcontext.lifecycle.context.model import FILE_MAPS, ContextState, state_of
from pulumi_agbcontext.lifecycle.files.plan import plan_files
from pulumi_agbcontext.lifecycle.files.sources import recorded
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Properties, is_unknown
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.plans import Plan
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import plan as lines
from pulumi_agbcontext.redaction import printable


def report_plan(session: Session, resource: Resource, inputs: Properties, *, creates: bool) -> None:
    """Show one line about what the plan does to the data in a context: a warning if data will be erased.

    Args:
        session: the session of the provider process.
        resource: the resource.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        creates: whether the context is to be created, as new or as a replacement.
    """
    plan = session.plans.to_show(resource, creates=creates)
    if plan is None:
        return
    summary = _Summary(plan, inputs, creates=creates)
    name = resource.name or str(inputs.get("name"))
    another_account = session.is_another_account(summary.old.account)
    line = lines.plan(printable(name), summary.clauses(), another_account=another_account)
    (session.warn if summary.erases else session.inform)(line)


class _Summary:
    """Summary of the plan for one context.

    Attributes:
        old: the recorded state; an empty one for a new context.
    """

    def __init__(self, plan: Plan, inputs: Properties, *, creates: bool) -> None:
        self.old: ContextState = state_of({"name": "", **(plan.outputs or {})})
        self._plan, self._inputs = plan, inputs
        self._replaces = plan.replaces(creates=creates)
        in_place = not self._replaces and inputs.get("clearInPlace") is True
        self._clears = in_place and triggered(self.old.clear_triggers, inputs.get("clearTriggers"))
        self._keeps_data = plan.exists and not self._replaces and not self._clears
        seeded = {"files": self.old.files, "secretFiles": self.old.secret_files} if self._keeps_data else {}
        known = [key for key in FILE_MAPS if inputs.get(key) is not UNKNOWN]
        self._file_plans = {key: plan_files(seeded.get(key, {}), self._wanted(key)) for key in known}

    @property
    def erases(self) -> bool:
        """Return whether data in the context will or may be erased."""
        return self._replaces or self._clears or any(plan.delete for plan in self._file_plans.values())

    def clauses(self) -> list[str]:
        """Return the clauses of the summary."""
        return [
            self._erasure(),
            self._rename(),
            self._files(),
            lines.OTHERS_KEPT if self._keeps_data else "",
            lines.left_out(self._plan.left_out),
        ]

    def _erasure(self) -> str:
        certain = not is_unknown(self._inputs.get("clearTriggers"))
        if self._clears:
            reason = f"{lines.changed(['clear_triggers'], certain=certain)}, `clear_in_place`"
            return lines.erases_all(lines.CLEARED_IN_PLACE, reason, certain=certain)
        if not self._replaces:
            return ""
        causes = {path.partition("[")[0] for path, kind in self._plan.changes.items() if kind == "replace"}
        certain = certain or causes != {"clearTriggers"}
        reason = lines.changed([to_snake(cause) for cause in sorted(causes)], certain=certain)
        return lines.erases_all(lines.REPLACED, reason, certain=certain)

    def _rename(self) -> str:
        name = self._inputs.get("name")
        in_place = self._plan.exists and not self._replaces
        return lines.renamed(printable(name)) if in_place and isinstance(name, str) and name != self.old.name else ""

    def _files(self) -> str:
        if any(self._inputs.get(key) is UNKNOWN for key in FILE_MAPS):
            return lines.FILES_UNKNOWN
        plans = self._file_plans
        uploads = [self._wanted(key)[path] for key, plan in plans.items() for path in plan.upload]
        known = [file for entry in uploads if isinstance(entry, str) and (file := recorded(entry))]
        wanted = sum(len(self._wanted(key)) for key in plans)
        # Neither the paths of secret files nor all paths of a new context are displayed.
        added, overwritten = plans["files"].added if self._keeps_data else (), plans["files"].overwritten
        changes = [
            (lines.TO_ADD, sum(len(plan.added) for plan in plans.values()), _displayed(added)),
            (lines.TO_OVERWRITE, sum(len(plan.overwritten) for plan in plans.values()), _displayed(overwritten)),
            (lines.TO_DELETE, sum(len(plan.delete) for plan in plans.values()), _displayed(plans["files"].delete)),
            (lines.UNCHANGED, wanted - len(uploads), []),
        ]
        return lines.files(changes, sum(file.size for file in known), len(uploads) - len(known))

    def _wanted(self, key: str) -> Mapping[str, Any]:
        wanted = self._inputs.get(key)
        return wanted if isinstance(wanted, Mapping) else {}


def _displayed(paths: Sequence[str]) -> list[str]:
    return [printable(path) for path in paths]
