"""Errors in the provider protocol, each with one line and the progress of an unfinished operation."""

from __future__ import annotations

from typing import NoReturn

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.plugin.property_names import spelled
from pulumi_agbcontext.plugin.values import to_struct
from pulumi_agbcontext.redaction import redact

_DETAILS = "grpc-status-details-bin"  # gRPC metadata key for a status with details
# The engine accepts 16 MiB of gRPC headers, which contain the details in base64. Above that, it reports no reason.
_MOST_BYTES = 11 << 20


def refuse(context: grpc.ServicerContext, failure: Exception) -> NoReturn:
    """Abort a call with an error. A bug in the provider is also reported as one line, without a traceback.

    Raises:
        Exception: always, which is how gRPC aborts a call.
    """
    if isinstance(failure, ResourceInitFailedError):
        details = _details(failure)
        if len(details) > _MOST_BYTES:
            context.abort(grpc.StatusCode.UNKNOWN, spelled(f"{failure} {causes.NOT_RECORDED}"))
        context.set_trailing_metadata(((_DETAILS, details),))
    if isinstance(failure, (AGBError, ResourceInitFailedError)):
        context.abort(grpc.StatusCode.UNKNOWN, spelled(str(failure)))
    defect = f"A defect of pulumi-agbcontext: {type(failure).__name__}: {redact(str(failure))}. Please report it."
    context.abort(grpc.StatusCode.INTERNAL, defect)


def _details(failure: ResourceInitFailedError) -> bytes:
    """Return the status with the outputs that the engine records."""
    reason, outputs = spelled(str(failure)), to_struct(failure.outputs)
    done = provider_pb2.ErrorResourceInitFailed(id=failure.resource_id, properties=outputs, reasons=[reason])
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(done)
    return status.SerializeToString()
