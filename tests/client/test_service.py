from __future__ import annotations

import json

import pytest
import urllib3

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, Context, ContextListParams, ContextService, connect
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, count, upload


def test_create_creates_a_context_and_get_finds_it_by_name_and_by_id(
    agb_server: LocalServer, service: ContextService
) -> None:
    made = service.create("agents").context
    assert made is not None
    assert [(entry["id"], entry["name"]) for entry in agb_server.contexts(KEY)] == [(made.id, "agents")]
    assert service.get("agents").context == service.get(context_id=made.id).context == made


def test_create_returns_an_existing_context_of_that_name(service: ContextService, context: Context) -> None:
    assert service.create(context.name).context_id == context.id


def test_a_context_is_created_and_found_in_its_region(agb_server: LocalServer, service: ContextService) -> None:
    made = service.create("agents", login_region_id="ap-southeast-1")
    assert agb_server.contexts(KEY)[0]["region"] == "ap-southeast-1"
    assert service.get("agents", login_region_id="ap-southeast-1").context_id == made.context_id
    with pytest.raises(errors.NotFoundError):
        service.get("agents")


def test_get_of_a_missing_context_is_a_not_found_error_and_creates_nothing(
    agb_server: LocalServer, service: ContextService
) -> None:
    with pytest.raises(errors.NotFoundError) as caught:
        service.get("nobody")
    assert caught.value.code == "Context.NotFound"
    assert caught.value.request_id
    with pytest.raises(errors.NotFoundError):
        service.get(context_id="SdkCtx-00000000000000000")
    assert agb_server.contexts(KEY) == []


@pytest.mark.parametrize(
    "arguments",
    [{}, {"name": ""}, {"name": "   "}, {"name": "a", "create": True, "context_id": "SdkCtx-1"}, {"context_id": " "}],
)
def test_get_refuses_invalid_arguments_before_any_request(
    agb_server: LocalServer, service: ContextService, arguments: dict[str, object]
) -> None:
    with pytest.raises(ValueError):
        service.get(**arguments)  # type: ignore[arg-type]
    assert agb_server.requests == []


def test_empty_arguments_are_refused_before_any_request(agb_server: LocalServer, service: ContextService) -> None:
    for call in (
        lambda: service.create(" "),
        lambda: service.update(Context("SdkCtx-1", "")),
        lambda: service.update(Context("", "a")),
        lambda: service.delete(Context(" ", "a")),
        lambda: service.get_file_upload_url("SdkCtx-1", ""),
        lambda: service.get_file_download_url("", "/a"),
        lambda: service.delete_file("SdkCtx-1", " "),
        lambda: service.list_files(""),
        lambda: service.clear_async(""),
        lambda: service.get_clear_status(""),
    ):
        with pytest.raises(ValueError, match="cannot be empty"):
            call()
    assert agb_server.requests == []


def test_update_renames_and_keeps_the_id(agb_server: LocalServer, service: ContextService, context: Context) -> None:
    context.name = "renamed"
    assert service.update(context).success
    assert [(entry["id"], entry["name"]) for entry in agb_server.contexts(KEY)] == [(context.id, "renamed")]


def test_update_to_a_used_name_is_refused_once(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    service.create("taken")
    with pytest.raises(errors.RequestRejectedError):
        service.update(Context(context.id, "taken"))
    assert count(agb_server, "ModifyContext") == 1


def test_delete_removes_the_context_and_a_second_delete_is_not_found(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    assert service.delete(context).data == {"context_id": context.id}
    assert agb_server.contexts(KEY) == []
    with pytest.raises(errors.NotFoundError):
        service.delete(context)


def test_list_pages_through_by_token(service: ContextService) -> None:
    made = {service.create(f"context-{number}").context_id for number in range(5)}
    first = service.list(ContextListParams(max_results=3))
    assert (len(first.contexts), first.total_count, first.max_results) == (3, 5, 3)
    second = service.list(ContextListParams(max_results=3, next_token=first.next_token))
    assert {context.id for context in (*first.contexts, *second.contexts)} == made
    assert second.next_token is None


def test_list_requests_ten_by_default(service: ContextService) -> None:
    for number in range(11):
        service.create(f"context-{number}")
    assert len(service.list().contexts) == 10


def test_files_travel_through_presigned_urls_that_need_no_key(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    path, pool = "/a b/ü.txt", urllib3.PoolManager()
    assert pool.request("PUT", service.get_file_upload_url(context.id, path).url, body=b"content").status == 200
    assert agb_server.files(KEY, context.id) == {path: b"content"}
    assert pool.request("GET", service.get_file_download_url(context.id, path).url).data == b"content"


@pytest.mark.parametrize(
    "path", ["/ leading", "/trailing ", "/a+b", "/100%", "/a?b#c&d=e", "/日本語/ファイル", "/\U0001f600"]
)
def test_a_path_arrives_unchanged(
    agb_server: LocalServer, service: ContextService, context: Context, path: str
) -> None:
    service.transfers.upload_many(context.id, [upload(path, b"x")])
    assert list(agb_server.files(KEY, context.id)) == [path]
    service.delete_file(context.id, path)
    assert agb_server.files(KEY, context.id) == {}


def test_list_files_returns_path_size_and_type_page_by_page(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    for number in range(5):
        agb_server.put_file(KEY, context.id, f"/data/{number}.txt", b"x" * number)
    page = service.list_files(context.id, "/data", page_number=2, page_size=2)
    assert [(entry.file_path, entry.size, entry.file_type) for entry in page.entries] == [
        ("/data/2.txt", 2, "file"),
        ("/data/3.txt", 3, "file"),
    ]
    assert page.count == 5


def test_delete_of_an_unknown_file_is_rejected_and_proves_nothing(service: ContextService, context: Context) -> None:
    with pytest.raises(errors.RequestRejectedError) as refused:
        service.delete_file(context.id, "/nothing")
    assert not isinstance(refused.value, errors.NotFoundError)


def test_an_answer_about_another_context_is_an_error(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    mixed_up = {"success": True, "data": {"id": "SdkCtx-of-somebody-else", "name": "renamed", "state": "available"}}
    agb_server.fault("GetContext", "answer", times=9, content=json.dumps(mixed_up))
    with pytest.raises(errors.UnreachableError, match="the response describes another context"):
        service.get(context_id=context.id)
    agb_server.fault("ModifyContext", "reset_before", times=9)
    with pytest.raises(errors.UnreachableError):
        service.update(Context(context.id, "renamed"))


def test_clear_async_starts_and_get_clear_status_follows(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    agb_server.behave(clear_polls=2)
    assert service.clear_async(context.id).status == "clearing"
    states = [service.get_clear_status(context.id).status for _ in range(4)]
    assert states[0] == "clearing"
    assert states[-1] == "available"


def test_clear_erases_everything_and_returns_available(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    agb_server.behave(clear_seconds=0.2)
    agb_server.put_file(KEY, context.id, "/a", b"x")
    result = service.clear(context.id)
    assert (result.success, result.status, result.context_id) == (True, "available", context.id)
    assert agb_server.files(KEY, context.id) == {}


def test_clear_that_never_ends_raises_after_its_timeout(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    agb_server.behave(clear_stuck=True)
    with pytest.raises(errors.ClearanceTimeoutError) as caught:
        service.clear(context.id, timeout=0.5)
    assert caught.value.last_state == "clearing"


def test_accounts_do_not_see_each_other(agb_server: LocalServer, service: ContextService, context: Context) -> None:
    other = ContextService(Account(agb_server.url, "another-key"))
    with pytest.raises(errors.NotFoundError):
        other.get(context_id=context.id)
    assert other.list().contexts == []


def test_equal_accounts_share_a_service_and_different_accounts_do_not(agb_server: LocalServer) -> None:
    account = Account(agb_server.url, KEY)
    assert connect(account) is connect(Account(agb_server.url + "/", KEY))
    assert connect(account) is not connect(Account(agb_server.url, "another-key"))


def test_an_unknown_operation_does_not_prove_that_a_context_was_deleted(
    agb_server: LocalServer, context: Context
) -> None:
    with pytest.raises(errors.RequestRejectedError, match=r"InvalidAction\.NotFound") as caught:
        ContextService(Account(f"{agb_server.url}/gateway", KEY)).get(context_id=context.id)
    assert not isinstance(caught.value, errors.NotFoundError)


def test_every_call_is_logged_in_one_line(
    agb_server: LocalServer, service: ContextService, context: Context, calls: list[str]
) -> None:
    result = service.get(context_id=context.id)
    [line] = calls
    assert line.startswith("pulumi_agbcontext.requests: GetContext 200, ")
    assert line.endswith(f"request id {result.request_id}")
    assert " ms, attempt 1, " in line
