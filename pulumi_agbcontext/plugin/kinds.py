"""The kinds of resources: what of the lifecycle each of the protocol's calls means for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pulumi_agbcontext.lifecycle import context, context_file, create, file_operations, operations
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.context import Checked, Diff
from pulumi_agbcontext.lifecycle.inputs import Failure
from pulumi_agbcontext.lifecycle.names import derived_name, parent_types
from pulumi_agbcontext.lifecycle.operations import Found
from pulumi_agbcontext.lifecycle.preview import planned, planned_file
from pulumi_agbcontext.lifecycle.sources import relative_path
from pulumi_agbcontext.messages import inputs as wrong
from pulumi_agbcontext.plugin.assets import encode_files, encode_triggers
from pulumi_agbcontext.plugin.values import Properties, has_secret, secret

CONTEXT = "agbcontext:index:Context"
CONTEXT_FILE = "agbcontext:index:ContextFile"


class Kind(Protocol):
    """One kind of resource. Values are plain: secrets in the clear, except for `mark_secrets`."""

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked: ...
    def mark_secrets(self, properties: Properties, news: Properties) -> dict[str, Any]: ...
    def diff(self, session: Session, urn: str, resource_id: str, outputs: Properties, inputs: Properties) -> Diff: ...
    def planned(self, inputs: Properties, outputs: Properties | None) -> dict[str, Any]: ...
    def create(self, session: Session, inputs: Properties) -> tuple[str, dict[str, Any]]: ...
    def read(self, session: Session, resource_id: str, outputs: Properties) -> Found | None: ...
    def imported(self, session: Session, resource_id: str) -> Found | None: ...
    def update(self, session: Session, resource_id: str, outputs: Properties, inputs: Properties) -> dict[str, Any]: ...
    def delete(self, session: Session, resource_id: str, outputs: Properties) -> None: ...


class ContextKind:
    """Contexts."""

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """Validate and normalise; the name of what lives is noted, and a second owner of a name refused."""
        checked = context.check(olds, _encoded(news), _derived_name(urn))
        name, region = checked.inputs.get("name"), checked.inputs.get("region")
        session.claims.expect(urn)
        if olds.get("name"):
            session.claims.live(urn, olds.get("region"), str(olds["name"]))
        if isinstance(name, str) and (other := session.claims.named(region, name, urn)):
            taken = Failure("name", wrong.name_is_taken(name, _logical_name(other)))
            return Checked(checked.inputs, [*checked.failures, taken])
        return checked

    def mark_secrets(self, properties: Properties, news: Properties) -> dict[str, Any]:
        """Keep `secretFiles` secret as a whole."""
        return {key: secret(value) if key == "secretFiles" else value for key, value in properties.items()}

    def diff(self, session: Session, urn: str, resource_id: str, outputs: Properties, inputs: Properties) -> Diff:
        """Compare the recorded context with the wanted one."""
        session.claims.identify(urn, resource_id)
        found = context.diff(outputs, inputs)
        if found.replaces:
            session.claims.keep_region(str(outputs.get("name")), outputs.get("region"))
        else:
            session.claims.keep(urn, context.known_ids(resource_id, inputs))
        operations.claim(session, resource_id, context.known_paths(inputs))
        return found

    def planned(self, inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
        """Foretell the outputs."""
        return planned(inputs, outputs)

    def create(self, session: Session, inputs: Properties) -> tuple[str, dict[str, Any]]:
        """Create, adopt or resume a context and seed it."""
        return create.create(session, inputs)

    def read(self, session: Session, resource_id: str, outputs: Properties) -> Found | None:
        """Look at a context."""
        return operations.read(session, resource_id, outputs)

    def imported(self, session: Session, resource_id: str) -> Found | None:
        """Look at somebody's context; its name is all that is recorded as wanted: no files, no triggers."""
        found = operations.read(session, resource_id, {})
        return found and Found(found.outputs, {"name": found.outputs["name"]})

    def update(self, session: Session, resource_id: str, outputs: Properties, inputs: Properties) -> dict[str, Any]:
        """Rename, clear in place, upload and delete files."""
        return operations.update(session, resource_id, outputs, inputs)

    def delete(self, session: Session, resource_id: str, outputs: Properties) -> None:
        """Delete a context; gone already is success."""
        operations.delete(session, resource_id, outputs)


class ContextFileKind:
    """Single files in contexts."""

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """Validate, and take the digest."""
        session.claims.expect(urn)
        source = news.get("source")
        given = {**news, "source": relative_path(source)} if isinstance(source, str) else news
        if {"contextId", "path"} <= olds.keys():
            session.claims.live(urn, None, file_operations.file_id(str(olds["contextId"]), str(olds["path"])))
        return context_file.check_file(given)

    def mark_secrets(self, properties: Properties, news: Properties) -> dict[str, Any]:
        """Keep the digest of a secret content secret."""
        if has_secret(news.get("content")) or has_secret(news.get("contentBase64")):
            return {**properties, "sha256": secret(properties.get("sha256"))}
        return dict(properties)

    def diff(self, session: Session, urn: str, resource_id: str, outputs: Properties, inputs: Properties) -> Diff:
        """Compare; another place replaces, another content updates."""
        found = context_file.diff_file(outputs, inputs)
        if not found.replaces:
            session.claims.keep(urn, [resource_id])
        file_operations.claim_file(session, resource_id)
        return found

    def planned(self, inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
        """Foretell the outputs."""
        return planned_file(inputs)

    def create(self, session: Session, inputs: Properties) -> tuple[str, dict[str, Any]]:
        """Upload a new file."""
        return file_operations.create_file(session, inputs)

    def read(self, session: Session, resource_id: str, outputs: Properties) -> Found | None:
        """Look at a file."""
        return file_operations.read_file(session, resource_id, outputs)

    def imported(self, session: Session, resource_id: str) -> Found | None:
        """Look at somebody's file; its content is recorded as wanted."""
        return file_operations.import_file(session, resource_id)

    def update(self, session: Session, resource_id: str, outputs: Properties, inputs: Properties) -> dict[str, Any]:
        """Upload the content anew."""
        return file_operations.update_file(session, inputs, outputs)

    def delete(self, session: Session, resource_id: str, outputs: Properties) -> None:
        """Delete a file; gone already is success."""
        file_operations.delete_file(session, resource_id, outputs)


KINDS: Mapping[str, Kind] = {CONTEXT: ContextKind(), CONTEXT_FILE: ContextFileKind()}


def _encoded(news: Properties) -> dict[str, Any]:
    files = {key: encode_files(news[key]) for key in context.FILE_MAPS if key in news}
    triggers = {key: encode_triggers(news[key]) for key in ("clearTriggers",) if key in news}
    return {**news, **files, **triggers}


def _derived_name(urn: str) -> str:
    stack, project, _, logical_name = urn.removeprefix("urn:pulumi:").split("::", 3)
    return derived_name(project, stack, parent_types(urn), logical_name)


def _logical_name(urn: str) -> str:
    return urn.split("::", 3)[3]
