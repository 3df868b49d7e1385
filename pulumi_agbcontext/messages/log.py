"""Log messages."""

from __future__ import annotations

EXCHANGE = "%s %s %.0f ms request id %s"
"""Arguments: operation, HTTP status or cause, duration in milliseconds, request id."""

ENGINE_SILENT = "The engine did not take a message: %s"

EVENT_LOOP_FAILED = "The HTTP event loop failed"
