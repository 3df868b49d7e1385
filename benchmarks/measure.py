"""How everything here is measured: contestants by turns, a warm-up, the median of five rounds; memory over idle."""

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
    """What one contestant took.

    Attributes:
        seconds: of each round.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds of the round in the middle."""
        return statistics.median(self.seconds)

    def rate(self, work: float) -> float:
        """What was done in a second of that round.

        Args:
            work: done in a round, in any unit.
        """
        return work / self.median

    def spread(self) -> str:
        """How far the rounds lie apart, as a part of the median."""
        return f"{(max(self.seconds) - min(self.seconds)) / self.median:.0%}"


def in_turns(contestants: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, Timing]:
    """Let contestants do the same work by turns, so that whatever else the machine does meets all of them.

    Args:
        contestants: by name; each does its work once.
        rounds: that count.

    Returns:
        What each took in the rounds, after one that does not count. A contestant that returns a float has taken
        its own time, in seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, work in contestants.items():
            taken = timed(work)
            if number:
                seconds[name].append(taken)
    return {name: Timing(tuple(taken)) for name, taken in seconds.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds that some work takes, or those that it returns.

    Args:
        work: does it once.
    """
    gc.collect()
    started = time.perf_counter()
    result = work()
    taken = time.perf_counter() - started
    return result if isinstance(result, float) else taken


def resident() -> int:
    """Bytes of memory that this process has now."""
    return _status("VmRSS")


def peak_resident() -> int:
    """Bytes of memory that this process has had at most, since `forget_peak`."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Begin to look for a new peak."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
