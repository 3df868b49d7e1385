"""Summary of how a plan changes the files in a directory."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context_directory.model import state_of
from pulumi_agbcontext.lifecycle.files.apply import count_on_none
from pulumi_agbcontext.lifecycle.files.plan_summary import FileSummary
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import plan as lines
from pulumi_agbcontext.redaction import printable


def report_plan(session: Session, resource: Resource, inputs: Properties, *, creates: bool) -> None:
    """Show one line that summarizes how the plan changes the files in a directory, as a warning if files are deleted.

    Args:
        session: the session of the provider process.
        resource: the resource.
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        creates: whether the directory will be created, either new or as a replacement.
    """
    plan = session.plans.to_show(resource, creates=creates)
    if plan is None:
        return
    old, replaces = state_of(plan.outputs or {}), plan.replaces(creates=creates)
    if "contextGeneration" in plan.changes:  # the clear erases the files
        files, secret_files = dict(old.files), dict(old.secret_files)
        count_on_none(files, old.files)
        count_on_none(secret_files, old.secret_files)
        old = old.model_copy(update={"files": files, "secret_files": secret_files})
    summary = FileSummary(old, inputs, session.run, keeps=plan.exists and not replaces, deletes_all=replaces)
    line = lines.plan(
        printable(resource.name),
        [*summary.clauses(), lines.left_out(plan.left_out)],
        another_account=session.is_another_account(old.account),
    )
    (session.warn if summary.erases else session.inform)(line)
