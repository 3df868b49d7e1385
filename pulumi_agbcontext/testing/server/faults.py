"""Faults to inject, and the requests to which they apply."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pulumi_agbcontext.testing.server.endpoints import METHODS

EVERY_OPERATION = "*"
OPERATIONS = (*METHODS, "Upload", "Download", EVERY_OPERATION)
"""Operations that can fail: those of the API, the two requests of the object store, and `*` for every request."""

KINDS: dict[str, dict[str, Any]] = {
    "status": {"status": 503, "headers": {}, "body": "json"},
    "failure_body": {"code": "ServiceUnavailable", "message": "The service is not available."},
    "answer": {"status": 200, "headers": {}, "content": ""},
    "reset_before": {},
    "reset_middle": {},
    "reset_after": {},
    "answer_lost": {},
    "empty": {},
    "truncated_json": {},
    "malformed_json": {},
    "stall": {"seconds": 3600.0},
    "slow_body": {"seconds": 5.0},
    "early_403": {},
}
"""Kinds of faults with their parameters and defaults; `fault_injection` describes each kind."""


@dataclass(slots=True)
class Fault:
    """Fault to inject into matching requests.

    Args:
        operation: operation that fails, one of OPERATIONS.
        kind: kind of failure, one of KINDS.
        occurrence: number of the first matching request that fails, counted from 1 since the fault was added.
        times: number of consecutive matching requests that fail.
        path: path of the file whose requests match; None matches all requests.
        parameters: parameters of the kind; missing parameters get their defaults.
        seen: number of matching requests received.
        consumed: number of requests that the fault was applied to.

    Raises:
        ValueError: the operation, the kind or a parameter does not exist (the message lists the valid ones), or a count
            is less than 1.
    """

    operation: str
    kind: str
    occurrence: int = 1
    times: int = 1
    path: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    consumed: int = 0

    def __post_init__(self) -> None:
        if self.operation not in OPERATIONS:
            raise ValueError(f"Unknown operation {self.operation!r}. {_use(OPERATIONS)}")
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of fault {self.kind!r}. {_use(KINDS)}")
        defaults = KINDS[self.kind]
        for name in self.parameters.keys() - defaults.keys():
            remedy = f". {_use(defaults)}" if defaults else ", which takes none."
            raise ValueError(f"Unknown parameter {name!r} of a fault of kind {self.kind}{remedy}")
        for name, count in (("occurrence", self.occurrence), ("times", self.times)):
            if count < 1:
                raise ValueError(f"`{name}` must be at least 1, got {count}.")
        self.parameters = {**defaults, **self.parameters}

    def matches(self, operation: str, path: str) -> bool:
        """Count a matching request, and return whether it must fail."""
        if self.operation not in (operation, EVERY_OPERATION) or self.path not in (None, path):
            return False
        self.seen += 1
        return self.occurrence <= self.seen < self.occurrence + self.times


def _use(valid: Iterable[str]) -> str:
    return f"Use one of: {', '.join(valid)}."


class FaultScript:
    """All faults since the last reset; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Add a fault and return it, so that the caller can read its counters."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, operation: str, path: str) -> Fault | None:
        """Return the first fault that applies to a request, and count its use."""
        with self._lock:
            matching = [fault for fault in self._faults if fault.matches(operation, path)]
            if not matching:
                return None
            matching[0].consumed += 1
            return matching[0]

    def snapshot(self) -> list[Fault]:
        """Return the faults in the order in which they were added."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults = []
