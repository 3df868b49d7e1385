"""Connection to the engine that started this process, for status lines, warnings and the request log."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
from collections.abc import Callable

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_agbcontext.messages import log
from pulumi_agbcontext.redaction import without_directives

logger = logging.getLogger("pulumi_agbcontext")

_SECONDS = 5

_VARIABLE = "AGB_DEBUG"
_OFF = frozenset({"", "0", "false"})
_attaching = threading.Lock()


class EngineConnection:
    """Client for an engine; safe to share between threads.

    Args:
        address: `<host>:<port>`. If it is empty, nothing is shown, and the engine is assumed to be alive.

    Attributes:
        run: key of the engine's run. All provider processes of a run connect to the engine at the same address.
    """

    def __init__(self, address: str) -> None:
        self.run = hashlib.sha256(address.encode()).hexdigest()[:8] if address else secrets.token_hex(4)
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if ":" in address else None

    def show_progress(self, line: str, urn: str = "") -> None:
        """Show a status line, which replaces the previous one and is not kept in the output.

        Args:
            line: one line.
            urn: URN of the resource; empty for the stack.
        """
        message = without_directives(line)
        self._log(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=True))

    def show_info(self, line: str, urn: str = "") -> None:
        """Show an informational line, which remains in the output.

        Args:
            line: one line.
            urn: URN of the resource; empty for the stack.
        """
        self._log(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=without_directives(line), urn=urn))

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


class _RequestHandler(logging.Handler):
    """Handler that shows each line of the request log.

    Args:
        show: function that shows one line.
    """

    def __init__(self, show: Callable[[str], object]) -> None:
        super().__init__()
        self._show = show

    def handle(self, record: logging.LogRecord) -> bool:
        """Show a line without the lock of the base class, so that uploads do not wait for one another's lines."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Show a line. A failure is logged by the parent logger, to which this handler is not attached."""
        try:
            self._show(without_directives(record.getMessage()))
        except Exception as error:  # noqa: BLE001  # a failure to show a line must not fail the request
            logger.debug(log.ENGINE_SILENT, type(error).__name__)


def show_requests(show: Callable[[str], object]) -> None:
    """Show a line for each request of this process if `AGB_DEBUG` is set. Without it, no line is formatted.

    Later calls in the same process have no effect.

    Args:
        show: function that shows one line; called by many threads.
    """
    if os.environ.get(_VARIABLE, "").strip().lower() in _OFF:
        return
    requests = logging.getLogger(log.REQUESTS)
    with _attaching:
        if not any(isinstance(handler, _RequestHandler) for handler in requests.handlers):
            requests.addHandler(_RequestHandler(show))
            requests.setLevel(logging.DEBUG)
