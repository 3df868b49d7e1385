"""Tests of API guarantees for every client, confirmed by the data on the server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_agbcontext.testing.server import LocalServer

from .speakers import METHODS, Speaker


def public_methods(service: Any) -> set[str]:
    """Return the names of a service's methods."""
    return {name for name in dir(type(service)) if not name.startswith("_") and callable(getattr(service, name))}


def test_every_method_of_the_official_service_is_tested(official: Speaker) -> None:
    assert public_methods(official.service) == METHODS


def test_this_package_has_every_method_of_the_official_service(official: Speaker, ours: Speaker) -> None:
    assert public_methods(official.service) <= public_methods(ours.service)


def test_a_context_can_be_managed_from_create_to_delete_with_every_method(
    speaker: Speaker, agb_server: LocalServer
) -> None:
    agb_server.behave(clear_seconds=0.2)
    call = speaker.call
    context = call("create", "memory").context
    assert call("get", "memory").context.id == context.id
    url = call("get_file_upload_url", context.id, "/data/report.txt").url
    assert requests.put(url, data=b"content", timeout=10).status_code == 200
    assert [file.file_path for file in call("list_files", context.id).entries] == ["/data/report.txt"]
    url = call("get_file_download_url", context.id, "/data/report.txt").url
    assert requests.get(url, timeout=10).content == b"content"
    call("delete_file", context.id, "/data/report.txt")
    assert agb_server.files(speaker.api_key, context.id) == {}
    call("update", speaker.context(id=context.id, name="renamed"))
    assert [(found.id, found.name) for found in call("list").contexts] == [(context.id, "renamed")]
    assert call("clear_async", context.id).status == "clearing"
    assert call("get_clear_status", context.id).status == "clearing"
    assert call("clear", context.id, timeout=10, poll_interval=0.1).status == "available"
    call("delete", speaker.context(id=context.id, name="renamed"))
    assert agb_server.contexts(speaker.api_key) == []
    assert speaker.called == METHODS


def test_every_method_is_one_request_to_its_operation_under_the_key(speaker: Speaker, agb_server: LocalServer) -> None:
    context_id = speaker.call("create", "memory").context_id
    agb_server.put_file(speaker.api_key, context_id, "/f", b"")
    context = speaker.context(id=context_id, name="memory")
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("list", ()),
        ("get", ("memory",)),
        ("update", (context,)),
        ("get_file_upload_url", (context_id, "/f")),
        ("get_file_download_url", (context_id, "/f")),
        ("list_files", (context_id,)),
        ("delete_file", (context_id, "/f")),
        ("clear_async", (context_id,)),
        ("get_clear_status", (context_id,)),
        ("delete", (context,)),
    ]
    agb_server.behave(clear_seconds=0.0)
    before = len(agb_server.requests)
    for method, arguments in calls:
        speaker.call(method, *arguments)
    reported = agb_server.requests[before:]
    assert [record.operation for record in reported] == [
        "ListContexts",
        "GetContext",
        "ModifyContext",
        "GetContextFileUploadUrl",
        "GetContextFileDownloadUrl",
        "DescribeContextFiles",
        "DeleteContextFile",
        "ClearContext",
        "GetContext",
        "DeleteContext",
    ]
    assert all(record.authorized and record.status == 200 for record in reported)


def test_a_created_context_is_returned_with_id_name_and_times(speaker: Speaker) -> None:
    result = speaker.call("create", "memory")
    assert re.fullmatch(r"SdkCtx-[a-z0-9]{17}", result.context.id)
    assert result.context_id == result.context.id
    assert result.context.name == "memory"
    assert result.context.created_at
    assert result.context.last_used_at


def test_create_is_get_or_create(speaker: Speaker, agb_server: LocalServer) -> None:
    first = speaker.call("create", "memory").context_id
    assert speaker.call("get", "memory", create=True).context_id == first
    assert speaker.call("create", "memory").context_id == first
    assert len(agb_server.contexts(speaker.api_key)) == 1


def test_a_context_belongs_to_the_region_in_which_it_was_created(speaker: Speaker, agb_server: LocalServer) -> None:
    here = speaker.call("get", "memory", create=True).context_id
    there = speaker.call("get", "memory", create=True, login_region_id="cn-shanghai").context_id
    assert here != there
    assert speaker.call("get", "memory", login_region_id="cn-shanghai").context_id == there
    assert speaker.call("get", context_id=there).context.name == "memory"
    regions = {context["id"]: context["region"] for context in agb_server.contexts(speaker.api_key)}
    assert regions == {here: "cn-hangzhou", there: "cn-shanghai"}


def test_a_page_of_contexts_has_the_requested_size(speaker: Speaker) -> None:
    ids = [speaker.call("create", f"context-{number}").context_id for number in range(12)]
    assert [context.id for context in speaker.call("list").contexts] == ids[:10]
    page = speaker.call("list", speaker.list_params(max_results=3))
    assert [context.id for context in page.contexts] == ids[:3]


def test_the_files_of_a_page_are_returned_with_every_field_of_the_api(
    speaker: Speaker, agb_server: LocalServer
) -> None:
    context_id = speaker.call("create", "memory").context_id
    for number in range(5):
        agb_server.put_file(speaker.api_key, context_id, f"/data/{number}", b"x" * number)
    agb_server.put_file(speaker.api_key, context_id, "/elsewhere", b"")
    page = speaker.call("list_files", context_id, "/data", page_number=2, page_size=2)
    assert [(file.file_path, file.file_name, file.size) for file in page.entries] == [
        ("/data/2", "2", 2),
        ("/data/3", "3", 3),
    ]
    assert page.count == 5
    file = page.entries[0]
    assert file.file_type == "file"
    assert all((file.file_id, file.gmt_create, file.gmt_modified, file.status))


@pytest.mark.parametrize("content", [b"", b"\0\xff" * 100_000])
def test_a_file_is_uploaded_and_downloaded_through_presigned_urls(
    speaker: Speaker, agb_server: LocalServer, content: bytes
) -> None:
    context_id = speaker.call("create", "memory").context_id
    upload = speaker.call("get_file_upload_url", context_id, "/ü b/f?.bin")
    assert upload.expire_time - time.time() == pytest.approx(3600, abs=10)
    assert requests.put(upload.url, data=content, timeout=10).status_code == 200
    download = speaker.call("get_file_download_url", context_id, "/ü b/f?.bin")
    assert requests.get(download.url, timeout=10).content == content
    assert agb_server.files(speaker.api_key, context_id) == {"/ü b/f?.bin": content}


def test_a_clear_empties_the_context_and_keeps_it(speaker: Speaker, agb_server: LocalServer) -> None:
    agb_server.behave(clear_seconds=0.3)
    context_id = speaker.call("create", "memory").context_id
    agb_server.put_file(speaker.api_key, context_id, "/f", b"content")
    result = speaker.call("clear", context_id, timeout=10, poll_interval=0.1)
    assert (result.status, result.context_id) == ("available", context_id)
    assert agb_server.files(speaker.api_key, context_id) == {}
    assert speaker.call("get", context_id=context_id).context.id == context_id


def test_a_clear_that_does_not_end_is_a_clearance_timeout(speaker: Speaker, agb_server: LocalServer) -> None:
    agb_server.behave(clear_stuck=True)
    context_id = speaker.call("create", "memory").context_id
    with pytest.raises(speaker.clearance_timeout):
        speaker.service.clear(context_id, timeout=1, poll_interval=0.2)
    assert agb_server.contexts(speaker.api_key)[0]["state"] == "clearing"


REFUSED: dict[str, Callable[[Speaker, str], tuple[Any, ...]]] = {
    "get": lambda speaker, context_id: (None, False, None, context_id),
    "update": lambda speaker, context_id: (speaker.context(id=context_id, name="new"),),
    "delete": lambda speaker, context_id: (speaker.context(id=context_id, name="old"),),
    "get_file_download_url": lambda speaker, context_id: (context_id, "/f"),
    "get_file_upload_url": lambda speaker, context_id: (context_id, "/f"),
    "delete_file": lambda speaker, context_id: (context_id, "/f"),
    "list_files": lambda speaker, context_id: (context_id,),
    "clear_async": lambda speaker, context_id: (context_id,),
    "get_clear_status": lambda speaker, context_id: (context_id,),
    "clear": lambda speaker, context_id: (context_id,),
}


@pytest.mark.parametrize("method", REFUSED)
def test_an_unknown_context_is_rejected_with_a_message(speaker: Speaker, method: str) -> None:
    assert "context does not exist" in speaker.refusal(method, *REFUSED[method](speaker, "SdkCtx-0"))


def test_a_rename_to_a_used_name_is_rejected(speaker: Speaker, agb_server: LocalServer) -> None:
    context_id, _ = (speaker.call("create", name).context_id for name in ("one", "two"))
    assert "name exists" in speaker.refusal("update", speaker.context(id=context_id, name="two"))
    assert [context["name"] for context in agb_server.contexts(speaker.api_key)] == ["one", "two"]


def test_a_delete_of_an_unknown_file_is_rejected(speaker: Speaker) -> None:
    context_id = speaker.call("create", "memory").context_id
    assert "file does not exist" in speaker.refusal("delete_file", context_id, "/f")


def test_a_failure_body_with_http_200_is_a_failure(speaker: Speaker, agb_server: LocalServer) -> None:
    agb_server.behave(failures_as_200=True)
    assert "does not exist" in speaker.refusal("get", "missing")
