"""Summary of how a plan changes the data in a context."""

from __future__ import annotations

from pydantic.alias_generators import to_snake

from pulumi_agbcontext.lifecycle.context.clear_triggers import triggered
from pulumi_agbcontext.lifecycle.context.model import ContextState, state_of
from pulumi_agbcontext.lifecycle.files.plan_summary import FileSummary
from pulumi_agbcontext.lifecycle.properties import Properties, is_unknown
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.plans import Plan
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import plan as lines
from pulumi_agbcontext.redaction import printable


def report_plan(session: Session, resource: Resource, inputs: Properties, *, creates: bool) -> None:
    """Show one line that summarizes how the plan changes the data in a context, as a warning if data will be erased.

    Args:
        session: the session of the provider process.
        resource: the resource.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        creates: whether the context will be created, either new or as a replacement.
    """
    plan = session.plans.to_show(resource, creates=creates)
    if plan is None:
        return
    summary = _Summary(plan, inputs, session.run, creates=creates)
    name = resource.name or str(inputs.get("name"))
    another_account = session.is_another_account(summary.old.account)
    line = lines.plan(printable(name), summary.clauses(), another_account=another_account)
    (session.warn if summary.erases else session.inform)(line)


class _Summary:
    """Summary of the plan for one context.

    Attributes:
        old: the recorded state; empty for a new context.
    """

    def __init__(self, plan: Plan, inputs: Properties, run: str, *, creates: bool) -> None:
        self.old: ContextState = state_of({"name": "", **(plan.outputs or {})})
        self._plan, self._inputs = plan, inputs
        self._replaces = plan.replaces(creates=creates)
        in_place = not self._replaces and inputs.get("clearInPlace") is True
        self._clears = in_place and triggered(self.old.clear_triggers, inputs.get("clearTriggers"))
        self._files = FileSummary(self.old, inputs, run, keeps=plan.exists and not self._replaces and not self._clears)

    @property
    def erases(self) -> bool:
        """Return whether data in the context will or may be erased."""
        return self._replaces or self._clears or self._files.erases

    def clauses(self) -> list[str]:
        """Return the clauses of the summary."""
        return [
            self._erasure(),
            self._guard(),
            self._rename(),
            *self._files.clauses(),
            lines.MAY_ADOPT if self._inputs.get("adopt") is True and not self._plan.exists else "",
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

    def _guard(self) -> str:
        """Return the clause for `forceDestroy`. A replacement applies the recorded value, a clear the new one."""
        guarded = (self._replaces and not self.old.force_destroy) or (
            self._clears and self._inputs.get("forceDestroy") is False
        )
        return lines.UNLESS_OTHERS if guarded else ""

    def _rename(self) -> str:
        name = self._inputs.get("name")
        in_place = self._plan.exists and not self._replaces
        return lines.renamed(printable(name)) if in_place and isinstance(name, str) and name != self.old.name else ""
