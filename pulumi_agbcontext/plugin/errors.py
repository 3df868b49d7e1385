"""How failures reach the engine: one clean line, and what an operation that ended early has done."""

from __future__ import annotations

from typing import NoReturn

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_agbcontext.errors import AGBError, redact
from pulumi_agbcontext.messages import reasons
from pulumi_agbcontext.plugin.spelling import spelled

_DETAILS = "grpc-status-details-bin"  # where gRPC carries a status with details
# The engine's gRPC takes 16 MiB of headers, in which details are written in base64; of more it shows no reason either.
_MOST_BYTES = 11 << 20


class PartlyDoneError(Exception):
    """A create or update has done a part: the engine records it, and goes on from there at the next update.

    Args:
        resource_id: the id of the resource.
        outputs: what is to be recorded of it, secrets marked.
        reason: why it ended, in one line.
    """

    def __init__(self, resource_id: str, outputs: struct_pb2.Struct, reason: str) -> None:
        self.resource_id = resource_id
        self.outputs = outputs
        super().__init__(reason)

    def details(self) -> bytes:
        """Give the status that the engine reads it from."""
        done = provider_pb2.ErrorResourceInitFailed(id=self.resource_id, properties=self.outputs, reasons=[str(self)])
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(self))
        status.details.add().Pack(done)
        return status.SerializeToString()


def refuse(context: grpc.ServicerContext, failure: Exception) -> NoReturn:
    """End a call with a failure; of a defect of ours, too, one line is shown, not a traceback.

    Raises:
        Exception: always; gRPC ends calls so.
    """
    if isinstance(failure, PartlyDoneError):
        details = failure.details()
        if len(details) > _MOST_BYTES:
            context.abort(grpc.StatusCode.UNKNOWN, spelled(f"{failure} {reasons.NOT_RECORDED}"))
        context.set_trailing_metadata(((_DETAILS, details),))
    if isinstance(failure, (AGBError, PartlyDoneError)):
        context.abort(grpc.StatusCode.UNKNOWN, spelled(str(failure)))
    defect = f"A defect of pulumi-agbcontext: {type(failure).__name__}: {redact(str(failure))}. Please report it."
    context.abort(grpc.StatusCode.INTERNAL, defect)
