"""The connection to the engine that started this provider process, for status lines and warnings."""

from __future__ import annotations

import logging

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_agbcontext.messages import log
from pulumi_agbcontext.redaction import without_directives

logger = logging.getLogger("pulumi_agbcontext")

_SECONDS = 5


class EngineConnection:
    """Client for an engine; safe to share between threads.

    Args:
        address: `<host>:<port>`. If it is empty, nothing is shown, and the engine counts as alive.
    """

    def __init__(self, address: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if ":" in address else None

    def show_progress(self, line: str, urn: str = "") -> None:
        """Show a status line, which replaces the previous one and is not kept in the output.

        Args:
            line: one line.
            urn: URN of the resource; empty for the stack.
        """
        message = without_directives(line)
        self._log(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=True))

    def show_warning(self, line: str, urn: str = "") -> None:
        """Show a warning, which remains in the output.

        Args:
            line: one line.
            urn: URN of the resource; empty for the stack.
        """
        self._log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=without_directives(line), urn=urn))

    def is_alive(self) -> bool:
        """Return whether the engine is still running."""
        if self._engine is None:
            return True
        try:
            self._engine.GetRootResource(engine_pb2.GetRootResourceRequest(), timeout=_SECONDS)
        except grpc.RpcError as error:
            return bool(error.code() != grpc.StatusCode.UNAVAILABLE)
        return True

    def _log(self, request: engine_pb2.LogRequest) -> None:
        if self._engine is None:
            return
        try:
            self._engine.Log(request, timeout=_SECONDS)
        except grpc.RpcError as error:  # a failure to show a line must not fail the operation
            logger.debug(log.ENGINE_SILENT, error.__class__.__name__)
