from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .speakers import Speaker

API_KEY = "conformance-key"


@pytest.fixture
def official(agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Speaker]:
    """Return the official SDK, configured by environment variables as its users do."""
    from agb import agb, context, exceptions

    monkeypatch.chdir(tmp_path)  # the SDK reads a `.env` file of the working directory
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", API_KEY)
    service = agb.AGB().context
    yield Speaker(service, API_KEY, context.Context, context.ContextListParams, exceptions.ClearanceTimeoutError)


@pytest.fixture
def ours(agb_server: LocalServer) -> Speaker:
    """Return the client of this package."""
    from pulumi_agbcontext import client, errors

    service = client.connect(client.Account(endpoint=agb_server.url, api_key=API_KEY))
    return Speaker(
        service,
        API_KEY,
        client.Context,
        client.ContextListParams,
        errors.ClearanceTimeoutError,
        rejection=errors.RequestRejectedError,
    )


@pytest.fixture(params=["official", "ours"])
def speaker(request: pytest.FixtureRequest) -> Speaker:
    """Return each client."""
    client: Speaker = request.getfixturevalue(request.param)
    return client
