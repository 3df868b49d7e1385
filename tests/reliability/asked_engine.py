"""An engine that a provider process asks whether it is still running, and that a test can kill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class AskedEngine(engine_pb2_grpc.EngineServicer):
    """An engine that responds until it is killed.

    Attributes:
        address: address at which it listens.
    """

    def __init__(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(4))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Log(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802  # the protocol's name
        """Accept a message."""
        return empty_pb2.Empty()

    def GetRootResource(self, request: Any, context: Any) -> engine_pb2.GetRootResourceResponse:  # noqa: N802  # as above
        """Confirm that the engine is running."""
        return engine_pb2.GetRootResourceResponse()

    def kill(self) -> None:
        """Stop responding."""
        self._server.stop(grace=None).wait()
