"""The protocol behind both adapters: what the engine's calls mean for one kind of resource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pulumi_agbcontext.lifecycle.properties import Failure, Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session

ChangeKind = Literal["add", "update", "delete", "replace"]


@dataclass(frozen=True)
class Checked:
    """What check makes of a program's inputs.

    Attributes:
        inputs: normalised inputs by wire name, digests taken.
        failures: faults, each with its property; not empty: the inputs are not to be used.
    """

    inputs: dict[str, Any] = field(repr=False)
    failures: list[Failure]


@dataclass(frozen=True)
class Diff:
    """What an update would change.

    Attributes:
        changes: path of each changed property, down to `files["/path"]`, to the kind of its change.
    """

    changes: dict[str, ChangeKind]

    def forced(self, named: Iterable[str]) -> Diff:
        """Return the same changes, those of the named properties as replacements.

        Args:
            named: properties at any depth, or `*` for all (the resource option `replace_on_changes`).
        """
        wanted = list(named)
        forced: dict[str, ChangeKind] = {
            path: "replace" if any(name in ("*", path) or path.startswith(f"{name}[") for name in wanted) else kind
            for path, kind in self.changes.items()
        }
        return Diff(forced)

    @property
    def replaces(self) -> list[str]:
        """The properties for whose sake the context is replaced."""
        return [path for path, kind in self.changes.items() if kind == "replace"]


@dataclass(frozen=True)
class ReadResult:
    """A resource as a refresh found it.

    Attributes:
        outputs: the outputs to record.
        inputs: the inputs with which the next plan compares; None where nothing drifted.
    """

    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] | None = field(repr=False)


class ResourceInitFailedError(Exception):
    """A create or update ended early, and what it has done is to be recorded: the next update continues from there.

    Args:
        resource_id: the id of the resource.
        outputs: what is to be recorded of it.
        reason: why it ended, in one line.
    """

    def __init__(self, resource_id: str, outputs: dict[str, Any], reason: str) -> None:
        self.resource_id = resource_id
        self.outputs = outputs
        super().__init__(reason)


class Handler(Protocol):
    """One kind of resource; all values are plain, secrets in the clear.

    `session` is None in a check whose configuration cannot be used. `resource` is None in a delete where the adapter
    cannot tell which resource it is. `outputs` are the recorded ones.
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
    def preview(self, inputs: Properties, outputs: Properties | None, /) -> dict[str, Any]: ...
    def create(self, session: Session, resource: Resource, inputs: Properties, /) -> tuple[str, dict[str, Any]]: ...
    def read(self, session: Session, resource_id: str, outputs: Properties, /) -> ReadResult | None: ...
    def import_(self, session: Session, resource_id: str, /) -> ReadResult | None: ...
    def update(
        self, session: Session, resource: Resource, resource_id: str, outputs: Properties, inputs: Properties, /
    ) -> dict[str, Any]: ...
    def delete(self, session: Session, resource: Resource | None, resource_id: str, outputs: Properties, /) -> None: ...
