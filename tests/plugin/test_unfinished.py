"""Parts that the plugin records: nothing of them is counted on that is not so, and no secret is in the clear."""

from __future__ import annotations

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .adapters import Life, PartlyDoneError, Secret, text_asset
from .conftest import KEY


def test_a_secret_of_an_update_that_failed_stays_secret_in_what_a_refresh_records(
    life: Life, agb_server: LocalServer
) -> None:
    life.up(name="data", files={"/b": "y"})
    agb_server.fault("Upload", "status", path="/z", status=400)
    with pytest.raises(PartlyDoneError):
        life.up(name="data", files={"/b": "y", "/s": Secret(text_asset("hush")), "/z": "z"})
    agb_server.remove_file(KEY, life.id, "/b")
    assert life.refresh()
    assert isinstance(life.inputs["files"]["/s"], Secret)
