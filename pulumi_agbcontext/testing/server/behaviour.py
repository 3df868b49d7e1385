"""Behavior settings of the server, such as latency, replication lag and slow clears; all are off by default."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, fields, replace
from typing import Any

from pulumi_agbcontext.testing.server.signing import MAX_URL_SECONDS

FLAPPING_LAG = 3600.0
"""Age of the outdated listing in `listing_flapping` if `listing_lag` is not set, in seconds."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Behavior settings of the server. Every setting can be changed while the server runs.

    Args:
        clear_seconds: duration of a clear, in seconds; at its end, all files are removed, including later uploads.
        clear_polls: number of reads that return `clearing` before a clear ends; overrides the duration.
        clear_stuck: a clear never ends.
        new_context_state: state of a new context; None omits the state.
        prepare_seconds: seconds until a new context becomes `available`; None leaves its state unchanged.
        listing_lag: age of file listings, in seconds.
        listing_flapping: every other listing of a context is outdated, by an hour unless `listing_lag` is set.
        delete_lag: seconds during which a deleted context is still found by ID and by name.
        latency: delay added to every request, in seconds.
        jitter: maximum of a random delay added to every request, in seconds.
        page_limit: maximum number of items on a page; overrides larger page sizes in requests.
        url_seconds: lifetime of presigned URLs, in seconds; with 0, they are already expired.
        refuse_in_use: clearing or deleting a context that is `in-use` fails.
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
                raise ValueError(f"{field.name} must be a finite number of at least 0, got {value}")
        if self.url_seconds > MAX_URL_SECONDS:
            raise ValueError(f"url_seconds must be at most {MAX_URL_SECONDS}, got {self.url_seconds}")
        if self.page_limit < 1:
            raise ValueError(f"page_limit must be at least 1, got {self.page_limit}")

    def changed(self, **changes: Any) -> Behaviour:
        """Return a copy with some settings changed.

        Args:
            **changes: new values by name of the setting.

        Raises:
            ValueError: a setting does not exist, or its value is out of range.
        """
        unknown = changes.keys() - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"Unknown behavior settings: {', '.join(sorted(unknown))}")
        return replace(self, **changes)

    @property
    def delay(self) -> float:
        """Delay of the next request, in seconds."""
        return self.latency + self.jitter * random.random()

    @property
    def keeps_history(self) -> bool:
        """Whether listings can show earlier contents of a context."""
        return self.listing_lag > 0 or self.listing_flapping
