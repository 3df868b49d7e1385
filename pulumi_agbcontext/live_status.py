"""The engine that started this provider process: shows its live status, and may be gone."""

from __future__ import annotations

import logging
import sys

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_agbcontext.errors import without_directives

_LOG = logging.getLogger(__name__)


def show_progress(line: str, urn: str = "") -> None:
    """Show a line as live status; it replaces the previous one and is not kept.

    Args:
        line: one line.
        urn: of the resource that it is about; empty: the stack.
    """
    message = without_directives(line)
    _log(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=True))


def show_warning(line: str, urn: str = "") -> None:
    """Show a warning that stays in the engine's output.

    Args:
        line: one line.
        urn: of the resource that it is about; empty: the stack.
    """
    _log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=without_directives(line), urn=urn))


def _log(request: engine_pb2.LogRequest) -> None:
    engine = _engine()
    if engine is None:
        return
    try:
        engine.Log(request, timeout=5)
    except grpc.RpcError as error:  # what is shown is a courtesy: it must never end an operation
        _LOG.debug("the engine did not take a message: %s", error.__class__.__name__)


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
