"""Handler for contexts."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_agbcontext.lifecycle.context.check import check
from pulumi_agbcontext.lifecycle.context.create import create
from pulumi_agbcontext.lifecycle.context.delete import delete
from pulumi_agbcontext.lifecycle.context.diff import diff
from pulumi_agbcontext.lifecycle.context.model import claims_in, state_of
from pulumi_agbcontext.lifecycle.context.plan_summary import report_plan
from pulumi_agbcontext.lifecycle.context.preview import preview
from pulumi_agbcontext.lifecycle.context.read import import_context, read
from pulumi_agbcontext.lifecycle.context.update import update
from pulumi_agbcontext.lifecycle.files.diff import refuse_deletes
from pulumi_agbcontext.lifecycle.files.model import known_paths
from pulumi_agbcontext.lifecycle.handlers import Checked, Diff, compared
from pulumi_agbcontext.lifecycle.properties import Failure, Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.messages.plan import hidden_files_kept
from pulumi_agbcontext.redaction import printable


class ContextHandler:
    """Lifecycle operations on contexts."""

    report_plan = staticmethod(report_plan)
    preview = staticmethod(preview)
    create = staticmethod(create)
    read = staticmethod(read)
    import_ = staticmethod(import_context)
    update = staticmethod(update)
    delete = staticmethod(delete)

    def check(self, session: Session | None, resource: Resource, olds: Properties, news: Properties) -> Checked:
        """Validate and normalize the inputs. Report a name that another resource in the program already uses."""
        before = session.plans.remembered(resource, olds) if session else olds
        checked = check(before, news, resource.default_name, session)
        if session:
            session.plans.checked(resource, checked.left_out)
            if kept := checked.kept_hidden:
                secret = known_paths({"secretFiles": checked.inputs.get("secretFiles")})
                displayed = [printable(path) for path in kept if path not in secret]
                session.warn(hidden_files_kept(resource.name, len(kept), displayed))
        name, region = _known(checked.inputs.get("name")), _known(checked.inputs.get("region"))
        if session and (conflict := session.declared.declare(resource, region, name, _known(olds.get("name")))):
            taken = Failure("name", invalid.name_is_taken(str(name), conflict.holder))
            return Checked(checked.inputs, [*checked.failures, taken])
        if session:
            session.declared.derive_name(resource, None if news.get("name") is not None else name)
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
            ContextFileExistsError: another resource of the program keeps the context or one of its files.
            TooManyDeletesError: the update deletes more files than `maxDeletes`.
        """
        found = diff(outputs, inputs, session.run).forced(replace_on_changes)
        compared(session, resource, resource_id, outputs, found, claims_in(resource_id, inputs))
        if session.declared.is_declared(resource) and not found.replaces:
            refuse_deletes(resource.name, state_of(outputs), inputs, session.run)
        return found


def _known(value: object) -> str | None:
    return value if isinstance(value, str) else None
