"""Handler for directories in contexts."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_agbcontext.lifecycle.context_directory.change import create, update
from pulumi_agbcontext.lifecycle.context_directory.check import check
from pulumi_agbcontext.lifecycle.context_directory.delete import delete
from pulumi_agbcontext.lifecycle.context_directory.diff import diff
from pulumi_agbcontext.lifecycle.context_directory.model import claims_in, directory_id, state_of
from pulumi_agbcontext.lifecycle.context_directory.plan_summary import report_plan
from pulumi_agbcontext.lifecycle.context_directory.preview import preview
from pulumi_agbcontext.lifecycle.context_directory.read import import_directory, read
from pulumi_agbcontext.lifecycle.files.diff import refuse_deletes
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.handlers import Checked, Diff, compared
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


class ContextDirectoryHandler:
    """Lifecycle operations on directories in contexts."""

    report_plan = staticmethod(report_plan)
    preview = staticmethod(preview)
    create = staticmethod(create)
    read = staticmethod(read)
    import_ = staticmethod(import_directory)
    update = staticmethod(update)
    delete = staticmethod(delete)

    def check(self, session: Session | None, resource: Resource, olds: Properties, news: Properties) -> Checked:
        """Validate and normalize the inputs. Report a path that another resource of the program declares."""
        checked = check(news, session)
        if session is None:
            return checked
        session.plans.remembered(resource, olds)
        session.plans.checked(resource, checked.left_out)
        declared, held = (_declared_id(properties) for properties in (checked.inputs, olds))
        claims = None if checked.failures else claims_in(checked.inputs)
        if conflict := session.declared.declare(resource, None, declared, held, claims):
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
        """Compare the recorded state with the inputs, and record what the resource keeps.

        Raises:
            ContextFileExistsError: another resource of the program keeps the directory or one of its files.
            TooManyDeletesError: the update deletes more files than `maxDeletes`.
        """
        found = diff(outputs, inputs, session.run).forced(replace_on_changes)
        compared(session, resource, resource_id, outputs, found, claims_in(inputs))
        if session.declared.is_declared(resource):
            refuse_deletes(resource.name, state_of(outputs), inputs, session.run, deletes_all=bool(found.replaces))
        return found


def _declared_id(inputs: Properties) -> str | None:
    """Return the id of the directory that inputs declare, or None if it is unknown during a preview."""
    context_id, path = inputs.get("contextId"), inputs.get("path")
    return directory_id(Location(context_id, path)) if isinstance(context_id, str) and isinstance(path, str) else None
