"""What the engine's calls mean for each kind of resource: the one protocol behind both adapters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle import context, context_file, create, delete, file_operations, preview, read, update
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.context import Checked, Diff
from pulumi_agbcontext.lifecycle.declared import Resource
from pulumi_agbcontext.lifecycle.inputs import Failure, Properties
from pulumi_agbcontext.lifecycle.read import ReadResult
from pulumi_agbcontext.messages import inputs as wrong


class Handler(Protocol):
    """One kind of resource; all values are plain, secrets in the clear.

    `session` is None in a check whose configuration cannot be used. `resource` is None in a delete where the adapter
    cannot tell which resource it is.
    """

    def check(self, session: Session | None, resource: Resource, olds: Properties, news: Properties) -> Checked: ...
    def diff(
        self,
        session: Session,
        resource: Resource,
        resource_id: str,
        outputs: Properties,
        inputs: Properties,
        replace_on_changes: Iterable[str] = (),
    ) -> Diff: ...
    def preview(self, inputs: Properties, outputs: Properties | None) -> dict[str, Any]: ...
    def create(self, session: Session, resource: Resource, inputs: Properties) -> tuple[str, dict[str, Any]]: ...
    def read(self, session: Session, resource_id: str, outputs: Properties) -> ReadResult | None: ...
    def import_(self, session: Session, resource_id: str) -> ReadResult | None: ...
    def update(
        self, session: Session, resource: Resource, resource_id: str, outputs: Properties, inputs: Properties
    ) -> dict[str, Any]: ...
    def delete(self, session: Session, resource: Resource | None, resource_id: str, outputs: Properties) -> None: ...


class ContextHandler:
    """Contexts."""

    def check(self, session: Session | None, resource: Resource, olds: Properties, news: Properties) -> Checked:
        """Validate and normalise; refuse a name that another resource of the program has."""
        checked = context.check(olds, news, resource.derived_name)
        name, region = _known(checked.inputs.get("name")), _known(checked.inputs.get("region"))
        if session and (other := session.declared.declare(resource, region, name, _known(olds.get("name")))):
            taken = Failure("name", wrong.name_is_taken(str(name), other))
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
        """Compare the recorded context with the wanted one, and record what of it stays."""
        found = context.diff(outputs, inputs).forced(replace_on_changes)
        keeps = None if found.replaces else context.known_ids(resource_id, inputs)
        if other := session.declared.compare(resource, resource_id, outputs.get("region"), keeps):
            raise messages.two_owners(resource_id, other.removeprefix(resource_id))
        return found

    def preview(self, inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
        """Return what a preview can say of the outputs."""
        return preview.planned(inputs, outputs)

    def create(self, session: Session, resource: Resource, inputs: Properties) -> tuple[str, dict[str, Any]]:
        """Create, adopt or continue a context and seed it."""
        return create.create(session, resource, inputs)

    def read(self, session: Session, resource_id: str, outputs: Properties) -> ReadResult | None:
        """Read a context."""
        return read.read(session, resource_id, outputs)

    def import_(self, session: Session, resource_id: str) -> ReadResult | None:
        """Read a context of which nothing is recorded."""
        return read.import_context(session, resource_id)

    def update(
        self, session: Session, resource: Resource, resource_id: str, outputs: Properties, inputs: Properties
    ) -> dict[str, Any]:
        """Rename, clear in place, upload and delete files."""
        return update.update(session, resource, resource_id, outputs, inputs)

    def delete(self, session: Session, resource: Resource | None, resource_id: str, outputs: Properties) -> None:
        """Delete a context; that it was deleted already is a success."""
        delete.delete(session, resource, resource_id, outputs)


class ContextFileHandler:
    """Single files in contexts."""

    def check(self, session: Session | None, resource: Resource, olds: Properties, news: Properties) -> Checked:
        """Validate, and take the digest; refuse a file that another resource of the program has."""
        checked = context_file.check_file(news)
        declared, held = (file_operations.declared_id(properties) for properties in (checked.inputs, olds))
        if session and (other := session.declared.declare(resource, None, declared, held)):
            taken = Failure("path", wrong.path_is_taken(str(checked.inputs["path"]), other))
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
        """Compare; another place replaces, another content updates."""
        found = context_file.diff_file(outputs, inputs).forced(replace_on_changes)
        if session.declared.compare(resource, resource_id, keeps=None if found.replaces else [resource_id]):
            context_id, _, below = resource_id.partition("/")
            raise messages.two_owners(context_id, f"/{below}")
        return found

    def preview(self, inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
        """Return what a preview can say of the outputs."""
        return preview.planned_file(inputs)

    def create(self, session: Session, resource: Resource, inputs: Properties) -> tuple[str, dict[str, Any]]:
        """Upload a new file."""
        return file_operations.create_file(session, resource, inputs)

    def read(self, session: Session, resource_id: str, outputs: Properties) -> ReadResult | None:
        """Read a file."""
        return file_operations.read_file(session, resource_id, outputs)

    def import_(self, session: Session, resource_id: str) -> ReadResult | None:
        """Read a file of which nothing is recorded."""
        return file_operations.import_file(session, resource_id)

    def update(
        self, session: Session, resource: Resource, resource_id: str, outputs: Properties, inputs: Properties
    ) -> dict[str, Any]:
        """Upload the content again."""
        return file_operations.update_file(session, inputs, outputs)

    def delete(self, session: Session, resource: Resource | None, resource_id: str, outputs: Properties) -> None:
        """Delete a file; that it was deleted already is a success."""
        file_operations.delete_file(session, resource_id, outputs)


def _known(value: object) -> str | None:
    return value if isinstance(value, str) else None
