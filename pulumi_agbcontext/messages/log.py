"""Log messages."""

from __future__ import annotations

REQUESTS = "pulumi_agbcontext.requests"
"""Name of the logger for the request log, with one line per request."""

REQUEST = "%s %s, %.0f ms, attempt %d, request id %s"
"""Arguments: operation, HTTP status or `FAILED`, duration in milliseconds, number of the attempt, request id."""

FAILED = "failed ({})"
"""Argument: cause of the failure."""

ENGINE_SILENT = "The engine did not accept a message: %s"

EVENT_LOOP_FAILED = "The HTTP event loop failed"
