from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .api import Api


@pytest.fixture
def api(agb_server: LocalServer) -> Iterator[Api]:
    """Return the API of the session's server, with one key."""
    with Api(agb_server.url) as driver:
        yield driver


@pytest.fixture
def other(agb_server: LocalServer) -> Iterator[Api]:
    """Return the same API with another key."""
    with Api(agb_server.url, "another-key") as driver:
        yield driver
