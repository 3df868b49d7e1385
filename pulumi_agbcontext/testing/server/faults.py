"""The script of faults: which request meets which fault, and whether it did."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pulumi_agbcontext.testing.server.endpoints import METHODS

EVERY_OPERATION = "*"
OPERATIONS = (*METHODS, "Upload", "Download", EVERY_OPERATION)
"""What a fault can be scripted for: the API's operations, the two requests of the object store, and every request."""

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
"""The kinds of faults, each with its parameters and their defaults; `playing` says what each of them does."""


@dataclass(slots=True)
class Fault:
    """One scripted fault.

    Args:
        operation: one of OPERATIONS.
        kind: how the request fails, one of KINDS.
        occurrence: the first matching request that meets it, counted from 1 since it was scripted.
        times: how many matching requests in a row meet it.
        path: only requests for this file match; None: all.
        parameters: the parameters of the kind; absent ones get their defaults.
        seen: how many matching requests were received.
        consumed: how many of them met the fault.

    Raises:
        ValueError: the operation, the kind or a parameter does not exist; the message lists those that do.
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

    def meets(self, operation: str, path: str) -> bool:
        """Count a request that matches; whether it is one that meets the fault."""
        if self.operation not in (operation, EVERY_OPERATION) or self.path not in (None, path):
            return False
        self.seen += 1
        return self.occurrence <= self.seen < self.occurrence + self.times


def _use(known: Iterable[str]) -> str:
    return f"Use one of: {', '.join(known)}."


class FaultScript:
    """All faults since the last reset, safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Append a fault and hand it back, to be asked later whether it was consumed."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, operation: str, path: str) -> Fault | None:
        """The fault that a request meets; where several claim it, the one that was scripted first."""
        with self._lock:
            claims = [fault for fault in self._faults if fault.meets(operation, path)]
            if not claims:
                return None
            claims[0].consumed += 1
            return claims[0]

    def snapshot(self) -> list[Fault]:
        """The faults in the order in which they were scripted."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults = []
