"""How lifelike the server is: latency, lag, slow clears and the like, all off unless asked for."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, fields, replace
from typing import Any

from pulumi_agbcontext.testing.server.signing import LONGEST_URL_SECONDS

FLAPPING_LAG = 3600.0
"""Seconds by which the stale side of a flapping listing is behind where `listing_lag` does not say."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server deviates from an ideal one. Every field can be changed while it runs.

    Args:
        clear_seconds: duration of a clear, in seconds; at its end all files are removed, later uploads included.
        clear_polls: number of reads that see `clearing` before a clear ends; replaces the duration.
        clear_stuck: a clear never ends.
        new_context_state: state of a new context; None omits the state.
        prepare_seconds: seconds until a new context becomes `available`; None leaves its state unchanged.
        listing_lag: age of what file listings show, in seconds.
        listing_flapping: every second listing of a context is outdated, by an hour unless `listing_lag` is set.
        delete_lag: seconds during which a deleted context is still found by id and by name.
        latency: seconds added to every request.
        jitter: maximum of a random delay added to every request, in seconds.
        page_limit: maximum number of items on a page, whatever the request asks for.
        url_seconds: lifetime of presigned URLs, in seconds; 0 makes expired ones.
        refuse_in_use: a clear or delete of a context that is `in-use` fails.
        failures_as_200: failures of the API have HTTP status 200 and the failure body.
    """

    clear_seconds: float = 1.0
    clear_polls: int | None = None
    clear_stuck: bool = False
    new_context_state: str | None = "available"
    prepare_seconds: float | None = None
    listing_lag: float = 0.0
    listing_flapping: bool = False
    delete_lag: float = 0.0
    latency: float = 0.0
    jitter: float = 0.0
    page_limit: int = 1000
    url_seconds: int = 3600
    refuse_in_use: bool = False
    failures_as_200: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, (int, float)) and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{field.name} must be a finite number, 0 or more, not {value}")
        if self.url_seconds > LONGEST_URL_SECONDS:
            raise ValueError(f"url_seconds must be at most {LONGEST_URL_SECONDS}, not {self.url_seconds}")
        if self.page_limit < 1:
            raise ValueError("page_limit must be at least 1")

    def changed(self, **changes: Any) -> Behaviour:
        """The same manners with some changed.

        Raises:
            ValueError: for a name that is no manner, or a value out of range.
        """
        unknown = changes.keys() - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"the server has no behaviour {', '.join(sorted(unknown))}")
        return replace(self, **changes)

    @property
    def delay(self) -> float:
        """Seconds that the next request waits."""
        return self.latency + self.jitter * random.random()

    @property
    def keeps_history(self) -> bool:
        """Whether listings may need to know what a context held before."""
        return self.listing_lag > 0 or self.listing_flapping
