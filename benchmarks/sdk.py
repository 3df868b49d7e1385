"""The official SDK, configured by environment variables as its users do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.baselines import KEY


@contextmanager
def official_sdk(endpoint: str) -> Iterator[Any]:
    """Return its service of contexts, with the log turned off.

    Args:
        endpoint: endpoint of the API.
    """
    settings = {"AGB_ENDPOINT": endpoint, "AGB_API_KEY": KEY, "AGB_LOG_LEVEL": "ERROR"}
    os.environ |= settings
    from agb import agb  # type: ignore[import-untyped]  # it reads the environment when it is imported

    try:
        yield agb.AGB().context
    finally:
        for name in settings:
            del os.environ[name]
