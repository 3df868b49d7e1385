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
from pulumi_agbcontext.lifecycle.handlers import Checked, Diff
from pulumi_agbcontext.lifecycle.properties import Failure, Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import inputs as invalid


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
            taken = Failure("path", invalid.path_is_taken(conflict.path, conflict.holder, exclusive=conflict.exclusive))
            return Checked(checked.inputs, [*checked.failures, taken])
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
        session.plans.compared(resource, outputs, found.changes)
        keeps = None if found.replaces else claims_in(inputs)
        if conflict := session.declared.compare(resource, resource_id, keeps=keeps):
            raise conflict.error()
        return found
