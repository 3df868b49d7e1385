"""A provider plugin whose create sleeps: `sleeper <seconds>`, with as many threads as the measured plugin."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

_CALLS_AT_ONCE = 256


class Sleeper(provider_pb2_grpc.ResourceProviderServicer):
    """A provider that accepts all inputs.

    Args:
        seconds: duration of a create.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def Configure(  # noqa: N802  # the protocol's name
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Accept the configuration."""
        return provider_pb2.ConfigureResponse()

    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Accept the inputs."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        """Sleep."""
        time.sleep(self._seconds)
        return provider_pb2.CreateResponse(id="asleep", properties=request.properties)


def main(seconds: float) -> None:
    """Serve until the process is killed. Print the port as the only line on standard output."""
    server = grpc.server(ThreadPoolExecutor(_CALLS_AT_ONCE))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Sleeper(seconds), server)
    sys.stdout.write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
    sys.stdout.flush()
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main(float(sys.argv[1]))
