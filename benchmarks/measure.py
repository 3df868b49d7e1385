"""Measurements: contestants in alternation, a warm-up, the median of five rounds, and memory above idle."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5

MIB = 1 << 20


@dataclass(frozen=True)
class Timing:
    """Durations of one contestant.

    Attributes:
        seconds: duration of each round.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Return the median duration in seconds."""
        return statistics.median(self.seconds)

    def rate(self, work: float) -> float:
        """Return the work done in a second of the median round.

        Args:
            work: work of a round, in any unit.
        """
        return work / self.median

    def spread(self) -> str:
        """Return the range of the rounds, relative to the median."""
        return f"{(max(self.seconds) - min(self.seconds)) / self.median:.0%}"


def in_turns(contestants: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, Timing]:
    """Run contestants in alternation, so that other work on the machine affects all of them.

    Args:
        contestants: functions by name; each does the work once.
        rounds: number of rounds that count.

    Returns:
        The durations of each contestant, after one round that does not count. A contestant that returns a float has
        measured its own duration, in seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, work in contestants.items():
            taken = timed(work)
            if number:
                seconds[name].append(taken)
    return {name: Timing(tuple(taken)) for name, taken in seconds.items()}


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a function takes, or those that it returns.

    Args:
        work: function that does the work once.
    """
    gc.collect()
    started = time.perf_counter()
    result = work()
    taken = time.perf_counter() - started
    return result if isinstance(result, float) else taken


def resident() -> int:
    """Return the current memory of this process in bytes."""
    return _status("VmRSS")


def peak_resident() -> int:
    """Return the peak memory of this process since `forget_peak`, in bytes."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Reset the peak memory."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
