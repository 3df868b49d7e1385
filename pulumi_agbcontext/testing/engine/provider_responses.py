"""Responses and failures of provider processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_agbcontext.testing.engine.engine_errors import OperationError
from pulumi_agbcontext.testing.engine.property_values import Properties, from_struct

_DETAILS = "grpc-status-details-bin"  # gRPC metadata key for a status with details


@dataclass(frozen=True)
class CheckFailure:
    """An input that the provider rejects."""

    property: str
    reason: str


@dataclass
class Diff:
    """Diff from a provider: the `changed` properties, and the kinds of changes by path."""

    changes: bool | None
    replaces: list[str] = field(default_factory=list)
    delete_before_replace: bool = False
    changed: list[str] = field(default_factory=list)
    detailed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Observed:
    """Result of a read. The id is empty if the resource does not exist; inputs are set if the provider returns them."""

    id: str
    outputs: Properties
    inputs: Properties | None


class ListedResource(NamedTuple):
    """A resource that can be imported by its id."""

    id: str
    name: str


class ResourceInitFailedError(OperationError):
    """A create or update failed partially. Its progress is recorded, and the next update continues from there."""

    def __init__(self, done: provider_pb2.ErrorResourceInitFailed) -> None:
        super().__init__("; ".join(done.reasons))
        self.id = done.id
        self.outputs = from_struct(done.properties)
        self.reasons = list(done.reasons)


_KNOWN = {provider_pb2.DiffResponse.DIFF_SOME: True, provider_pb2.DiffResponse.DIFF_NONE: False}


def read_diff(answer: provider_pb2.DiffResponse) -> Diff:
    """Convert the response to a diff."""
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(one.kind) for path, one in answer.detailedDiff.items()}
    return Diff(
        changes=_KNOWN.get(answer.changes),
        replaces=[*answer.replaces, *(path for path, kind in kinds.items() if kind.endswith("_REPLACE"))],
        delete_before_replace=answer.deleteBeforeReplace,
        changed=list(answer.diffs),
        detailed={path: kind.split("_")[0].lower() for path, kind in kinds.items()},
    )


def read_failures(failures: list[provider_pb2.CheckFailure]) -> list[CheckFailure]:
    """Convert the failures of a check."""
    return [CheckFailure(failure.property, failure.reason) for failure in failures]


def read_error(error: grpc.RpcError) -> OperationError:
    """Convert the error of a call."""
    for entry in error.trailing_metadata() or ():
        if entry.key == _DETAILS:
            done = provider_pb2.ErrorResourceInitFailed()
            if any(detail.Unpack(done) for detail in status_pb2.Status.FromString(entry.value).details):
                return ResourceInitFailedError(done)
    return OperationError(_words(error))


def _words(error: grpc.RpcError) -> str:
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return "the provider did not answer within the deployment's time limit"
    if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        return "the provider process ended before it answered"
    return str(error.details()).strip()
