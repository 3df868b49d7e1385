"""The script of faults: which request meets which fault, and whether it did."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

EVERY_OPERATION = "*"

_PARAMETERS: dict[str, dict[str, Any]] = {
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


@dataclass(slots=True)
class Fault:
    """One line of the script.

    Args:
        operation: the API's operation, `Upload`, `Download`, or `*` for every one.
        kind: how it fails, see `playing`.
        occurrence: the first matching request that meets it, counted from 1 since it was scripted.
        times: how many matching requests in a row meet it.
        path: only requests for this file match; None: all.
        parameters: what the kind takes, complete.
        seen: how many matching requests came.
        consumed: how many of them it was played to.
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
        defaults = _PARAMETERS.get(self.kind)
        if defaults is None:
            raise ValueError(f"the server knows no fault {self.kind!r}; it knows {', '.join(_PARAMETERS)}")
        unknown = self.parameters.keys() - defaults.keys()
        if unknown:
            raise ValueError(f"the fault {self.kind} takes no {', '.join(sorted(unknown))}")
        if self.occurrence < 1 or self.times < 1:
            raise ValueError("occurrence and times count from 1")
        self.parameters = {**defaults, **self.parameters}

    def meets(self, operation: str, path: str) -> bool:
        """Count a request that matches; whether it is one that meets the fault."""
        if self.operation not in (operation, EVERY_OPERATION) or self.path not in (None, path):
            return False
        self.seen += 1
        return self.occurrence <= self.seen < self.occurrence + self.times


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
