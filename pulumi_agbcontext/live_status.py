"""The engine that started this provider process: shows its live status, and may be gone."""

from __future__ import annotations

import logging
import sys

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_LOG = logging.getLogger(__name__)


def show_progress(line: str, urn: str = "") -> None:
    """Show a line as live status; it replaces the one before and leaves nothing behind.

    Args:
        line: one line.
        urn: of the resource that it is about; empty: the stack.
    """
    engine = _engine()
    if engine is None:
        return
    try:
        engine.Log(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=line, urn=urn, ephemeral=True), timeout=5)
    except grpc.RpcError as error:  # status is a courtesy: it must never end an upload
        _LOG.debug("live status could not be shown: %s", error.__class__.__name__)


def engine_lives() -> bool:
    """Tell whether the engine that started this process is still there; where none is known, it counts as there."""
    engine = _engine()
    if engine is None:
        return True
    try:
        engine.GetRootResource(engine_pb2.GetRootResourceRequest(), timeout=5)
    except grpc.RpcError as error:
        return bool(error.code() != grpc.StatusCode.UNAVAILABLE)
    return True


def _engine() -> engine_pb2_grpc.EngineStub | None:
    """Reach the engine that started this process: its address is the first argument."""
    global _stub  # one channel a process, opened on first use
    address = sys.argv[1] if len(sys.argv) > 1 else ""
    if _stub is None and ":" in address:
        _stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
    return _stub


_stub: engine_pb2_grpc.EngineStub | None = None
