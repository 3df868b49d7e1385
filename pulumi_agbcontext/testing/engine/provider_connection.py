"""gRPC connection to a provider process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_agbcontext.testing.engine.processes import Process
from pulumi_agbcontext.testing.engine.property_values import (
    Properties,
    Value,
    from_struct,
    keep_secrets,
    reveal,
    to_struct,
)
from pulumi_agbcontext.testing.engine.provider_responses import read_error

START_SECONDS = 30.0
# The state after a partial failure is in the metadata. gRPC for Go, which Pulumi uses, accepts 16 MiB of metadata, but
# gRPC for C only 16 KiB by default.
_METADATA_BYTES = 16 << 20
_OPTIONS = [
    *_GRPC_CHANNEL_OPTIONS,
    ("grpc.max_metadata_size", _METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", _METADATA_BYTES),
]

_Response = TypeVar("_Response")


class ProviderConnection:
    """Connection to a provider process. A process that does not support secrets receives them in plaintext."""

    def __init__(self, process: Process, deadline: float) -> None:
        """Wait until the process is listening.

        Args:
            process: the provider process.
            deadline: deadline for all calls, as a `time.monotonic()` value.

        Raises:
            EngineError: the process did not start in time.
        """
        self._deadline = deadline
        self._process = process
        port = process.read_first_line(START_SECONDS)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._accepts_secrets = False

    def cancel(self) -> None:
        """Ask the process to cancel the operations in flight.

        Raises:
            OperationError: the call failed.
        """
        self._call(self._stub.Cancel, empty_pb2.Empty())

    def stop(self) -> None:
        """Stop the process."""
        self._channel.close()
        self._process.stop()

    def _struct(self, properties: Properties) -> struct_pb2.Struct:
        return to_struct(properties if self._accepts_secrets else reveal(properties))

    def _properties(self, returned: struct_pb2.Struct, sent: Mapping[str, Value]) -> Properties:
        properties = from_struct(returned)
        return properties if self._accepts_secrets else keep_secrets(properties, sent)

    def _call(self, method: Callable[..., _Response], request: object) -> _Response:
        try:
            return method(request, timeout=self._seconds_left())
        except grpc.RpcError as error:
            raise read_error(error) from None

    def _seconds_left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.001)
