"""Summary of how a plan changes the files of a resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_agbcontext.lifecycle.files.model import FILE_MAPS, FilesState
from pulumi_agbcontext.lifecycle.files.plan import FilePlan, plan_files
from pulumi_agbcontext.lifecycle.files.sources import recorded
from pulumi_agbcontext.lifecycle.files.unmanaged import Unmanaged, recorded_unmanaged
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Properties
from pulumi_agbcontext.messages import plan as lines
from pulumi_agbcontext.redaction import printable


class FileSummary:
    """Summary of the file changes of one resource.

    Args:
        old: the recorded state.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        run: the current run of the engine.
        keeps: whether the stored files are kept, so that only changes are uploaded.
        deletes_all: whether the stored files are deleted one by one, because the resource is replaced.
    """

    def __init__(
        self, old: FilesState, inputs: Properties, run: str, *, keeps: bool, deletes_all: bool = False
    ) -> None:
        self._inputs, self._keeps = inputs, keeps
        self._is_unknown = any(inputs.get(key) is UNKNOWN for key in FILE_MAPS)
        seeded = {"files": old.files, "secretFiles": old.secret_files} if keeps else {}
        self._plans: dict[str, FilePlan] = {
            key: plan_files(seeded.get(key, {}), self._wanted(key))
            for key in FILE_MAPS
            if inputs.get(key) is not UNKNOWN
        }
        self._unmanaged = recorded_unmanaged(old, inputs, run) if keeps else Unmanaged({}, {})
        self._replaced = old if deletes_all else None

    @property
    def erases(self) -> bool:
        """Return whether files are deleted."""
        replaced = self._replaced is not None and bool(self._replaced.seeded)
        return replaced or bool(self._unmanaged.to_delete) or any(plan.delete for plan in self._plans.values())

    def clauses(self) -> list[str]:
        """Return the clauses about the resource's files and about other files."""
        unmanaged = lines.unmanaged_to_delete(_displayed(list(self._unmanaged.to_delete)))
        others = lines.OTHERS_KEPT_FOR_NOW if self._inputs.get("exclusive") is True else lines.OTHERS_KEPT
        kept = lines.unmanaged_kept(len(self._unmanaged.kept))
        return [self._files(), unmanaged, kept or ("" if unmanaged or not self._keeps else others)]

    def _files(self) -> str:
        if self._is_unknown:
            return lines.FILES_UNKNOWN
        plans = self._plans
        uploads = [self._wanted(key)[path] for key, plan in plans.items() for path in plan.upload]
        known = [file for entry in uploads if isinstance(entry, str) and (file := recorded(entry))]
        wanted = sum(len(self._wanted(key)) for key in plans)
        # Neither the paths of secret files nor all paths of a new resource are displayed.
        added, overwritten = plans["files"].added if self._keeps else (), plans["files"].overwritten
        deletes, deleted = sum(len(plan.delete) for plan in plans.values()), plans["files"].delete
        if self._replaced is not None:
            deletes, deleted = len(self._replaced.seeded), tuple(self._replaced.files)
        changes = [
            (lines.TO_ADD, sum(len(plan.added) for plan in plans.values()), _displayed(added)),
            (lines.TO_OVERWRITE, sum(len(plan.overwritten) for plan in plans.values()), _displayed(overwritten)),
            (lines.TO_DELETE, deletes, _displayed(deleted)),
            (lines.UNCHANGED, wanted - len(uploads), []),
        ]
        return lines.files(changes, sum(file.size for file in known), len(uploads) - len(known))

    def _wanted(self, key: str) -> Mapping[str, Any]:
        wanted = self._inputs.get(key)
        return wanted if isinstance(wanted, Mapping) else {}


def _displayed(paths: Sequence[str]) -> list[str]:
    # The plugin receives mappings in no particular order.
    return [printable(path) for path in sorted(paths)]
