"""Tests of the realistic behavior that the server offers on request: clears, states, lag, latency and pages."""

from __future__ import annotations

import time

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .api import Api


@pytest.fixture
def context_id(api: Api) -> str:
    """Return the id of a context that contains one file."""
    context_id = api.create("memory")
    api.upload(context_id, "/f", b"content")
    return context_id


def test_a_clear_takes_the_configured_time_and_then_deletes_everything(
    api: Api, agb_server: LocalServer, context_id: str
) -> None:
    agb_server.behave(clear_seconds=0.6)
    api.data("ClearContext", id=context_id)
    assert api.state(context_id) == "clearing"
    assert agb_server.files(api.key, context_id) == {"/f": b"content"}
    time.sleep(0.65)
    assert api.state(context_id) == "available"
    assert agb_server.files(api.key, context_id) == {}


def test_files_uploaded_during_a_clear_are_deleted_with_the_rest(
    api: Api, agb_server: LocalServer, context_id: str
) -> None:
    agb_server.behave(clear_seconds=0.6)
    api.data("ClearContext", id=context_id)
    api.upload(context_id, "/too-early", b"content")
    time.sleep(0.65)
    api.upload(context_id, "/in-time", b"content")
    assert agb_server.files(api.key, context_id) == {"/in-time": b"content"}


def test_a_second_clear_does_not_extend_a_running_clear(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.behave(clear_seconds=0.5)
    api.data("ClearContext", id=context_id)
    time.sleep(0.3)
    api.data("ClearContext", id=context_id)
    time.sleep(0.25)
    assert api.state(context_id) == "available"
    api.data("ClearContext", id=context_id)


def test_a_clear_can_end_after_a_number_of_reads(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.behave(clear_polls=2)
    api.data("ClearContext", id=context_id)
    assert [api.state(context_id) for _ in range(4)] == ["clearing", "clearing", "available", "available"]
    assert agb_server.files(api.key, context_id) == {}


def test_a_clear_can_be_stuck(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.behave(clear_stuck=True, clear_seconds=0.0)
    api.data("ClearContext", id=context_id)
    assert [api.state(context_id) for _ in range(3)] == ["clearing"] * 3
    agb_server.set_state(context_id, "available")
    assert api.state(context_id) == "available"


def test_a_new_context_can_be_preparing_for_a_while(api: Api, agb_server: LocalServer) -> None:
    agb_server.behave(new_context_state="pre-available", prepare_seconds=0.6)
    context_id = api.create("memory")
    assert api.state(context_id) == "pre-available"
    api.upload(context_id, "/f", b"content")
    time.sleep(0.65)
    assert api.state(context_id) == "available"
    assert agb_server.files(api.key, context_id) == {"/f": b"content"}


def test_a_context_can_answer_without_a_state(api: Api, agb_server: LocalServer) -> None:
    agb_server.behave(new_context_state=None)
    assert "state" not in api.data("GetContext", name="memory", allowCreate="true")


def test_a_state_that_was_set_stays(api: Api, agb_server: LocalServer, context_id: str) -> None:
    for state in ("in-use", "pre-available", "something-new", "clearing"):
        agb_server.set_state(context_id, state)
        assert api.state(context_id) == state
    assert agb_server.files(api.key, context_id) == {"/f": b"content"}


def test_a_context_in_use_can_refuse_to_be_changed(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.set_state(context_id, "in-use")
    agb_server.behave(refuse_in_use=True)
    assert api.refusal("ClearContext", id=context_id) == (409, "Context.InUse")
    assert api.refusal("DeleteContext", id=context_id) == (409, "Context.InUse")
    agb_server.behave(refuse_in_use=False)
    api.data("DeleteContext", id=context_id)


def test_a_listing_lags_behind_uploads_overwrites_and_deletes(
    api: Api, agb_server: LocalServer, context_id: str
) -> None:
    time.sleep(0.01)
    agb_server.behave(listing_lag=0.7)
    assert api.listing(context_id) == {}
    time.sleep(0.75)
    assert api.listing(context_id) == {"/f": 7}
    api.upload(context_id, "/f", b"longer content")
    api.upload(context_id, "/g", b"new")
    assert api.listing(context_id) == {"/f": 7}
    time.sleep(0.75)
    assert api.listing(context_id) == {"/f": 14, "/g": 3}
    api.data("DeleteContextFile", contextId=context_id, filePath="/f")
    assert api.listing(context_id) == {"/f": 14, "/g": 3}
    assert api.get(api.download_url(context_id, "/f")).status_code == 404
    time.sleep(0.75)
    assert api.listing(context_id) == {"/g": 3}


def test_a_lagging_listing_still_shows_what_a_clear_erased(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.behave(listing_lag=0.6, clear_seconds=0.0)
    time.sleep(0.65)
    api.data("ClearContext", id=context_id)
    assert api.state(context_id) == "available"
    assert api.listing(context_id) == {"/f": 7}
    time.sleep(0.65)
    assert api.listing(context_id) == {}


def test_a_flapping_listing_alternately_shows_and_omits_a_file(
    api: Api, agb_server: LocalServer, context_id: str
) -> None:
    agb_server.behave(listing_flapping=True)
    assert [len(api.listing(context_id)) for _ in range(6)] == [1, 0, 1, 0, 1, 0]


def test_a_deleted_context_can_linger(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.behave(delete_lag=0.6)
    api.data("DeleteContext", id=context_id)
    assert api.data("GetContext", id=context_id)["id"] == context_id
    assert api.create("memory") == context_id
    assert api.refusal("GetContextFileUploadUrl", contextId=context_id, filePath="/g") == (404, "Context.NotFound")
    assert api.refusal("DeleteContext", id=context_id) == (404, "Context.NotFound")
    assert agb_server.contexts(api.key) == []
    time.sleep(0.65)
    assert api.refusal("GetContext", id=context_id) == (404, "Context.NotFound")
    assert api.create("memory") != context_id


def test_latency_is_added_to_the_api_and_to_the_object_store(
    api: Api, agb_server: LocalServer, context_id: str
) -> None:
    url = api.download_url(context_id, "/f")
    agb_server.behave(latency=0.2, jitter=0.1)
    start = time.monotonic()
    api.data("ListContexts")
    assert time.monotonic() - start >= 0.2
    start = time.monotonic()
    assert api.get(url).content == b"content"
    assert time.monotonic() - start >= 0.2


def test_pages_can_be_smaller_than_requested(api: Api, agb_server: LocalServer, context_id: str) -> None:
    for number in range(4):
        agb_server.put_file(api.key, context_id, f"/{number}", b"")
        api.create(f"context-{number}")
    agb_server.behave(page_limit=2)
    _, contexts = api.call("ListContexts", maxResults=100)
    assert (len(contexts["data"]), contexts["maxResults"], contexts["totalCount"]) == (2, 2, 5)
    pages = [api.call("DescribeContextFiles", contextId=context_id, pageSize=50, pageNumber=n)[1] for n in (1, 2, 3)]
    assert [len(page["data"]) for page in pages] == [2, 2, 1]
    assert [page["count"] for page in pages] == [5, 5, 5]


def test_failures_can_come_with_http_200(api: Api, agb_server: LocalServer) -> None:
    agb_server.behave(failures_as_200=True)
    status, body = api.call("GetContext", id="SdkCtx-0")
    assert (status, body["success"], body["httpStatusCode"], body["code"]) == (200, False, 404, "Context.NotFound")


@pytest.mark.parametrize("change", [{"latency": -1}, {"jitter": float("nan")}, {"page_limit": 0}, {"typo": 1}])
def test_an_impossible_behavior_is_refused(agb_server: LocalServer, change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        agb_server.behave(**change)


def test_a_reset_restores_the_initial_behavior(api: Api, agb_server: LocalServer) -> None:
    agb_server.behave(page_limit=1, latency=5)
    agb_server.reset()
    assert api.call("ListContexts")[1]["maxResults"] == 10
