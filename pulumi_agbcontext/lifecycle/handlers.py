"""Handler protocol with the lifecycle operations of one resource type, which both adapters use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pulumi_agbcontext.lifecycle.properties import ChangeKind, Failure, Properties
from pulumi_agbcontext.lifecycle.provider.claims import Claims
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


@dataclass(frozen=True)
class Checked:
    """Result of a check.

    Attributes:
        inputs: normalized inputs by wire name, with digests.
        failures: invalid properties. If there are any, the inputs must not be used.
        left_out: number of files and directories that the filters for directories left out.
        kept_hidden: paths of hidden files that are seeded only because the state contains them.
    """

    inputs: dict[str, Any] = field(repr=False)
    failures: list[Failure]
    left_out: int = 0
    kept_hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diff:
    """Result of a diff.

    Attributes:
        changes: map from the path of each changed property, for example `files["/path"]`, to the kind of change.
        not_displayed: changed properties that the state does not contain, so that the engine can only display their new
            values.
    """

    changes: dict[str, ChangeKind]
    not_displayed: frozenset[str] = frozenset()

    def forced(self, named: Iterable[str]) -> Diff:
        """Return the same changes, with changes to the named properties turned into replacements.

        Args:
            named: property paths, or `*` for all properties (the resource option `replace_on_changes`).
        """
        wanted = list(named)
        forced: dict[str, ChangeKind] = {
            path: "replace" if any(name in ("*", path) or path.startswith(f"{name}[") for name in wanted) else kind
            for path, kind in self.changes.items()
        }
        return Diff(forced, self.not_displayed)

    @property
    def replaces(self) -> list[str]:
        """Return the properties whose change replaces the resource."""
        return [path for path, kind in self.changes.items() if kind == "replace"]


@dataclass(frozen=True)
class ReadResult:
    """Result of a read.

    Attributes:
        outputs: the outputs to record.
        inputs: the inputs that the next preview compares with; None if nothing drifted.
    """

    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] | None = field(repr=False)


def compared(
    session: Session, resource: Resource, resource_id: str, outputs: Properties, found: Diff, claims: Claims | None
) -> Diff:
    """Record a diff, and what the resource keeps after it.

    Args:
        session: the session of the provider process.
        resource: the resource.
        resource_id: the id in the state.
        outputs: the recorded outputs.
        found: the diff.
        claims: claims of the inputs; None if unknown.

    Returns:
        The diff.

    Raises:
        ContextFileExistsError: another resource of the program keeps one of the claimed ids.
    """
    session.plans.compared(resource, outputs, found.changes)
    keeps = None if found.replaces else claims
    if conflict := session.declared.compare(resource, resource_id, outputs.get("region"), keeps):
        raise conflict.error()
    return found


class ResourceInitFailedError(Exception):
    """A create or update failed after it changed something.

    The outputs are recorded, and the next update continues from them.

    Args:
        resource_id: the id of the resource.
        outputs: the outputs to record.
        reason: the cause of the failure, in one line.
    """

    def __init__(self, resource_id: str, outputs: dict[str, Any], reason: str) -> None:
        self.resource_id = resource_id
        self.outputs = outputs
        super().__init__(reason)


class Handler(Protocol):
    """Lifecycle operations of one type of resource. All values are plain, with secrets in plaintext.

    `session` is None in a check if the provider configuration is invalid. `resource` is None in a delete if the adapter
    cannot determine it. `outputs` are the recorded outputs.
    """

    def check(self, session: Session | None, resource: Resource, olds: Properties, news: Properties, /) -> Checked: ...
    def diff(
        self,
        session: Session,
        resource: Resource,
        resource_id: str,
        outputs: Properties,
        inputs: Properties,
        replace_on_changes: Iterable[str] = (),
        /,
    ) -> Diff: ...
    def report_plan(self, session: Session, resource: Resource, inputs: Properties, /, *, creates: bool) -> None: ...
    def preview(self, inputs: Properties, outputs: Properties | None, /) -> dict[str, Any]: ...
    def create(self, session: Session, resource: Resource, inputs: Properties, /) -> tuple[str, dict[str, Any]]: ...
    def read(self, session: Session, resource_id: str, outputs: Properties, /) -> ReadResult | None: ...
    def import_(self, session: Session, resource_id: str, /) -> ReadResult | None: ...
    def update(
        self, session: Session, resource: Resource, resource_id: str, outputs: Properties, inputs: Properties, /
    ) -> dict[str, Any]: ...
    def delete(self, session: Session, resource: Resource | None, resource_id: str, outputs: Properties, /) -> None: ...
