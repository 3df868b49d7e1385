"""pytest fixtures for testing a stack of contexts with no cloud, no key and no CLI.

The plugin is loaded in every pytest run of whoever has this package, so it imports what it needs where it needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .server import LocalServer


@pytest.fixture(scope="session")
def _agb_session_server() -> Iterator[LocalServer]:
    from .server import LocalServer

    with LocalServer() as server:
        yield server


@pytest.fixture
def agb_server(_agb_session_server: LocalServer) -> Iterator[LocalServer]:
    """A local Context API, empty and well-behaved; a failure inside it fails the test.

    One server serves all tests of a process. The environment stays as it is: a test passes `agb_server.url` on.
    """
    _agb_session_server.reset()
    yield _agb_session_server
    _agb_session_server.check()
