"""Summary of what a plan does to the data in a context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_snake

from pulumi_agbcontext.lifecycle.context.clear_triggers import triggered
from pulumi_agbcontext.lifecycle.context.model import FILE_MAPS, ContextState, state_of
from pulumi_agbcontext.lifecycle.files.plan import FilePlan, plan_files
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
    another_account = summary.old.account not in ("", session.contexts.account.fingerprint)
    name = resource.name or str(inputs.get("name"))
    line = lines.plan(printable(name), summary.clauses(), another_account=another_account)
    (session.warn if summary.erases else session.inform)(line)


@dataclass(frozen=True)
class _Summary:
    """Summary of the plan for one context."""

    plan: Plan
    inputs: Properties = field(repr=False)
    creates: bool

    @property
    def old(self) -> ContextState:
        """Return the recorded state; an empty one for a new context."""
        return state_of({"name": "", **(self.plan.outputs or {})})

    @property
    def erases(self) -> bool:
        """Return whether data in the context will or may be erased."""
        return self._replaces or self._clears or any(plan.delete for plan in self._file_plans().values())

    def clauses(self) -> list[str]:
        """Return the clauses of the summary."""
        others_kept = self._exists and not self._replaces and not self._clears
        return [
            self._erasure(),
            self._rename(),
            self._files(),
            lines.OTHERS_KEPT if others_kept else "",
            lines.left_out(self.plan.left_out),
        ]

    @property
    def _exists(self) -> bool:
        # The engine may decide on a replacement without a diff; only the first check tells that there is a state.
        return bool(self.plan.outputs or self.plan.inputs)

    @property
    def _replaces(self) -> bool:
        return self._exists and (self.creates or "replace" in self.plan.changes.values())

    @property
    def _clears(self) -> bool:
        in_place = not self._replaces and self.inputs.get("clearInPlace") is True
        return in_place and triggered(self.old.clear_triggers, self.inputs.get("clearTriggers"))

    def _erasure(self) -> str:
        certain = not is_unknown(self.inputs.get("clearTriggers"))
        if self._clears:
            reason = f"{lines.changed(['clear_triggers'], certain=certain)}, `clear_in_place`"
            return lines.erases_all(lines.CLEARED_IN_PLACE, reason, certain=certain)
        if not self._replaces:
            return ""
        causes = {path.partition("[")[0] for path, kind in self.plan.changes.items() if kind == "replace"}
        certain = certain or causes != {"clearTriggers"}
        reason = lines.changed([to_snake(cause) for cause in sorted(causes)], certain=certain)
        return lines.erases_all(lines.REPLACED, reason, certain=certain)

    def _rename(self) -> str:
        name = self.inputs.get("name")
        renames = (
            isinstance(name, str) and self.plan.outputs is not None and not self._replaces and name != self.old.name
        )
        return lines.renamed(printable(str(name))) if renames else ""

    def _files(self) -> str:
        if any(self.inputs.get(key) is UNKNOWN for key in FILE_MAPS):
            return lines.FILES_UNKNOWN
        plans = self._file_plans()
        uploads = [self._wanted(key)[path] for key, plan in plans.items() for path in plan.upload]
        known = [file for entry in uploads if isinstance(entry, str) and (file := recorded(entry))]
        added = {key: [path for path in plan.upload if path not in self._seeded(key)] for key, plan in plans.items()}
        overwritten = {key: [path for path in plan.upload if path in self._seeded(key)] for key, plan in plans.items()}
        deleted = {key: plan.delete for key, plan in plans.items()}
        unchanged = sum(len(self._wanted(key)) for key in plans) - len(uploads)
        named = self._exists and not self._replaces and not self._clears
        changes = [
            (lines.TO_ADD, _count(added), _paths(added) if named else ()),
            (lines.TO_OVERWRITE, _count(overwritten), _paths(overwritten)),
            (lines.TO_DELETE, _count(deleted), _paths(deleted)),
            (lines.UNCHANGED, unchanged, ()),
        ]
        return lines.files(changes, sum(file.size for file in known), len(uploads) - len(known))

    def _seeded(self, key: str) -> Mapping[str, str]:
        if self._replaces or self._clears:
            return {}
        return self.old.files if key == "files" else self.old.secret_files

    def _file_plans(self) -> dict[str, FilePlan]:
        known = [key for key in FILE_MAPS if self.inputs.get(key) is not UNKNOWN]
        return {key: plan_files(self._seeded(key), self._wanted(key)) for key in known}

    def _wanted(self, key: str) -> Mapping[str, Any]:
        wanted = self.inputs.get(key)
        return wanted if isinstance(wanted, Mapping) else {}


def _count(paths: Mapping[str, Sequence[str]]) -> int:
    return sum(map(len, paths.values()))


def _paths(paths: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the paths to name; those of secret files are not displayed."""
    return [printable(path) for path in paths["files"]]
