"""Lines of the log."""

from __future__ import annotations

EXCHANGE = "%s %s %.0f ms request id %s"
"""Operation, HTTP status or cause, milliseconds, request id."""

ENGINE_SILENT = "The engine did not take a message: %s"

EVENT_LOOP_FAILED = "The HTTP event loop failed"
