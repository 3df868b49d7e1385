"""Summary of how a plan changes a single file in a context."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context_file.model import file_state
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import plan as lines
from pulumi_agbcontext.redaction import printable


def report_plan(session: Session, resource: Resource, inputs: Properties, *, creates: bool) -> None:
    """Show one line that summarizes how the plan changes a file, as a warning if the file at another path is deleted.

    Args:
        session: the session of the provider process.
        resource: the resource.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        creates: whether the file will be created, either new or as a replacement.
    """
    plan = session.plans.to_show(resource, creates=creates)
    if plan is None:
        return
    replaces = plan.replaces(creates=creates)
    path = _path(inputs)
    changes = []
    if replaces:
        changes.append((lines.TO_DELETE, 1, [_path(plan.outputs or plan.inputs)]))
    if not plan.exists or replaces:
        changes.append((lines.TO_ADD, 1, [path]))
    else:
        uploads = not {"size", "sha256", "contextGeneration"}.isdisjoint(plan.changes)
        changes.append((lines.TO_OVERWRITE if uploads else lines.UNCHANGED, 1, [path]))
    size = inputs["size"]
    uploaded = 0 if size is UNKNOWN or changes[-1][0] == lines.UNCHANGED else int(size)
    line = lines.plan(
        printable(resource.name) or path,
        [lines.files(changes, uploaded, int(size is UNKNOWN))],
        another_account=session.is_another_account(file_state(plan.outputs or {}).account),
    )
    (session.warn if replaces else session.inform)(line)


def _path(properties: Properties) -> str:
    path = properties.get("path")
    return printable(path) if isinstance(path, str) else "path not known yet"
