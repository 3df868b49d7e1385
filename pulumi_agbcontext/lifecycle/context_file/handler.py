"""Handler for single files in contexts."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_agbcontext.lifecycle.context_file.check import check
from pulumi_agbcontext.lifecycle.context_file.create import create
from pulumi_agbcontext.lifecycle.context_file.delete import delete
from pulumi_agbcontext.lifecycle.context_file.diff import diff
from pulumi_agbcontext.lifecycle.context_file.model import claims_in, declared_id
from pulumi_agbcontext.lifecycle.context_file.plan_summary import report_plan
from pulumi_agbcontext.lifecycle.context_file.preview import preview
from pulumi_agbcontext.lifecycle.context_file.read import import_file, read
from pulumi_agbcontext.lifecycle.context_file.update import update
from pulumi_agbcontext.lifecycle.handlers import Checked, Diff, compared
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


class ContextFileHandler:
    """Lifecycle operations on single files in contexts."""

    report_plan = staticmethod(report_plan)
    preview = staticmethod(preview)
    create = staticmethod(create)
    read = staticmethod(read)
    import_ = staticmethod(import_file)
    update = staticmethod(update)
    delete = staticmethod(delete)

    def check(self, session: Session | None, resource: Resource, olds: Properties, news: Properties) -> Checked:
        """Validate the inputs and compute the digest. Report a file that another resource of the program declares."""
        checked = check(news)
        if session:
            session.plans.remembered(resource, olds)
        declared, held = (declared_id(properties) for properties in (checked.inputs, olds))
        if session and (
            conflict := session.declared.declare(resource, None, declared, held, claims_in(checked.inputs))
        ):
            return Checked(checked.inputs, [*checked.failures, conflict.failure()])
        return checked

    def diff(
        self,
        session: Session,
        resource: Resource,
        resource_id: str,
        outputs: Properties,
        inputs: Properties,
        replace_on_changes: Iterable[str] = (),
    ) -> Diff:
        """Compare the recorded state with the inputs, and record which id the resource keeps.

        Raises:
            ContextFileExistsError: another resource of the program keeps the file.
        """
        found = diff(outputs, inputs).forced(replace_on_changes)
        return compared(session, resource, resource_id, outputs, found, claims_in(inputs))
