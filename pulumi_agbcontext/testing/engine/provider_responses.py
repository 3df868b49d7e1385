"""Responses and failures of provider processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_agbcontext.testing.engine.engine_errors import OperationError
from pulumi_agbcontext.testing.engine.property_values import Properties, from_struct, reveal

_DETAILS = "grpc-status-details-bin"  # gRPC metadata key for a status with details


@dataclass(frozen=True)
class CheckFailure:
    """Input that a provider rejects."""

    property: str
    reason: str

    def describe(self, subject: str, inputs: Properties) -> str:
        """Return the message of the Pulumi CLI, which contains the rejected value, even if the value is a secret.

        Args:
            subject: type and name of the resource.
            inputs: inputs of the resource.
        """
        if not self.property:
            return f"{subject} has a problem: {self.reason}"
        value = reveal(inputs.get(self.property))
        return f"{subject}: property {self.property} value {{{value}}} has a problem: {self.reason}"


@dataclass
class Diff:
    """Diff from a provider.

    Attributes:
        changes: whether anything changed; None if the provider does not report it.
        replaces: paths whose change requires a replacement.
        delete_before_replace: whether to delete the old resource before creating its replacement.
        changed: changed properties.
        detailed: kinds of changes by path.
    """

    changes: bool | None
    replaces: list[str] = field(default_factory=list)
    delete_before_replace: bool = False
    changed: list[str] = field(default_factory=list)
    detailed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadResult:
    """Result of a read.

    Attributes:
        id: ID of the resource; empty if it does not exist.
        outputs: current outputs.
        inputs: current inputs; None if the provider does not return them.
    """

    id: str
    outputs: Properties
    inputs: Properties | None


class ListedResource(NamedTuple):
    """Resource that can be imported by its ID."""

    id: str
    name: str


class ResourceInitFailedError(OperationError):
    """Create or update that failed partially. The state records its progress, and the next update continues it."""

    def __init__(self, failure: provider_pb2.ErrorResourceInitFailed) -> None:
        super().__init__("; ".join(failure.reasons))
        self.id = failure.id
        self.outputs = from_struct(failure.properties)
        self.reasons = list(failure.reasons)


_KNOWN = {provider_pb2.DiffResponse.DIFF_SOME: True, provider_pb2.DiffResponse.DIFF_NONE: False}


def read_diff(response: provider_pb2.DiffResponse) -> Diff:
    """Convert a diff from the protocol."""
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(diff.kind) for path, diff in response.detailedDiff.items()}
    return Diff(
        changes=_KNOWN.get(response.changes),
        replaces=[*response.replaces, *(path for path, kind in kinds.items() if kind.endswith("_REPLACE"))],
        delete_before_replace=response.deleteBeforeReplace,
        changed=list(response.diffs),
        detailed={path: kind.split("_")[0].lower() for path, kind in kinds.items()},
    )


def read_failures(failures: list[provider_pb2.CheckFailure]) -> list[CheckFailure]:
    """Convert the failures of a check from the protocol."""
    return [CheckFailure(failure.property, failure.reason) for failure in failures]


def read_error(error: grpc.RpcError) -> OperationError:
    """Convert the error of a gRPC call."""
    for entry in error.trailing_metadata() or ():
        if entry.key == _DETAILS:
            failure = provider_pb2.ErrorResourceInitFailed()
            if any(detail.Unpack(failure) for detail in status_pb2.Status.FromString(entry.value).details):
                return ResourceInitFailedError(failure)
    return OperationError(_error_message(error))


def _error_message(error: grpc.RpcError) -> str:
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return "the provider did not respond within the deployment's time limit"
    if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        return "the provider process ended before it responded"
    return str(error.details()).strip()
