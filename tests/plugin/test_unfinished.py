"""Tests of progress that the plugin records: it is never overstated, and secrets in it stay encrypted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.api.models import Context
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import Life, Plugin, RefusedError, ResourceInitFailedError, Secret, text_asset
from .conftest import KEY


def test_a_secret_of_an_update_that_failed_stays_secret_in_what_a_refresh_records(
    start: Callable[..., Any], agb_server: LocalServer
) -> None:
    life = Life(start(parallelUploads=1))
    life.up(name="data", files={"/b": "y"})
    agb_server.fault("Upload", "status", occurrence=2, status=400)  # either file; both are recorded
    with pytest.raises(ResourceInitFailedError):
        life.up(name="data", files={"/b": "y", "/s": Secret(text_asset("hush")), "/z": "z"})
    agb_server.remove_file(KEY, life.id, "/b")
    assert life.refresh()
    files = life.inputs["files"]
    assert isinstance(files, Secret) or isinstance(files["/s"], Secret)  # the map, if no upload had begun


def test_a_delete_that_failed_halfway_is_recorded_so_that_a_reverted_program_restores_the_files(
    life: Life, agb_server: LocalServer
) -> None:
    files = {"/a": "x", "/b": "y"}
    life.up(name="data", files=files)
    agb_server.fault("DeleteContextFile", "status", path="/b", times=50, status=503)
    with pytest.raises(ResourceInitFailedError):
        life.up(name="data")
    assert holds(agb_server, KEY, life.id).keys() == {"/b"}
    life.up(name="data", files=files)
    assert holds(agb_server, KEY, life.id) == {"/a": b"x", "/b": b"y"}


def test_a_clear_whose_responses_were_lost_is_recorded_so_that_a_reverted_program_seeds_again(
    life: Life, agb_server: LocalServer
) -> None:
    program: Any = {"name": "data", "clearInPlace": True, "files": {"/a": "x"}}
    life.up(**program, clearTriggers=["v1"])
    agb_server.fault("ClearContext", "answer_lost", times=3)
    with pytest.raises(ResourceInitFailedError):
        life.up(**program, clearTriggers=["v2"])
    assert life.up(**program, clearTriggers=["v1"]) == "update"
    assert holds(agb_server, KEY, life.id) == {"/a": b"x"}


def test_a_rename_whose_response_was_lost_is_reverted_with_the_program(life: Life, agb_server: LocalServer) -> None:
    life.up(name="one")
    agb_server.fault("ModifyContext", "answer_lost", times=3)
    reads = agb_server.fault("GetContext", "status", occurrence=2, times=20, status=400)
    with pytest.raises(ResourceInitFailedError):
        life.up(name="two")
    reads.times = 0
    assert life.up(name="one") == "update"
    assert [context["name"] for context in agb_server.contexts(KEY)] == ["one"]


def test_an_incomplete_create_is_an_error_once_its_context_was_deleted(life: Life, agb_server: LocalServer) -> None:
    agb_server.fault("Upload", "status", path="/a", status=400)
    with pytest.raises(ResourceInitFailedError):
        life.up(name="data", files={"/a": "x"})
    ContextService(Account(agb_server.url, KEY)).delete(Context(id=life.id, name="data"))
    with pytest.raises(RefusedError, match="Could not update context"):
        life.up(name="data", files={"/a": "x"})


def test_a_create_that_wrote_no_owner_record_is_undone_and_not_recorded(life: Life, agb_server: LocalServer) -> None:
    agb_server.behave(new_context_state="preparing")
    with pytest.raises(RefusedError, match="to become available") as failed:
        life.up(name="data", clearTimeout=0.3)
    assert not isinstance(failed.value, ResourceInitFailedError)
    assert agb_server.contexts(KEY) == []


def test_content_whose_upload_lost_its_response_is_uploaded_again_by_a_reverted_program(
    plugin: Plugin, agb_server: LocalServer
) -> None:
    context, file = Life(plugin), Life(plugin, "ContextFile", "file")
    context.up(name="data")
    place: Any = {"contextId": context.id, "path": "/f"}
    file.up(**place, content=Secret("old"))
    agb_server.fault("Upload", "answer_lost", times=3)
    with pytest.raises(ResourceInitFailedError):
        file.up(**place, content=Secret("new"))
    assert isinstance(file.outputs["sha256"], Secret)
    assert file.up(**place, content=Secret("old")) == "update"
    assert holds(agb_server, KEY, context.id) == {"/f": b"old"}


def test_a_failed_adoption_is_not_recorded_and_the_same_program_continues_it(
    life: Life, agb_server: LocalServer
) -> None:
    theirs = ContextService(Account(agb_server.url, KEY)).create("theirs").context
    assert theirs is not None
    agb_server.put_file(KEY, theirs.id, "/memory", b"precious")
    agb_server.fault("Upload", "status", path="/b", status=400)
    program: Any = {"name": "theirs", "adopt": True, "files": {"/a": "x", "/b": "y"}}
    with pytest.raises(RefusedError) as failed:
        life.up(**program)
    assert not isinstance(failed.value, ResourceInitFailedError)
    assert life.up(**program) == "create"
    assert life.id == theirs.id
    assert holds(agb_server, KEY, theirs.id) == {"/a": b"x", "/b": b"y", "/memory": b"precious"}
