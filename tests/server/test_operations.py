"""Tests of every API operation against agb-context-api and, where it leaves a choice, the documented behavior."""

from __future__ import annotations

import re

import pytest
import requests

from pulumi_agbcontext.testing.server import LocalServer

from .api import Api

EVERY_OPERATION = (
    "ListContexts",
    "GetContext",
    "ModifyContext",
    "DeleteContext",
    "ClearContext",
    "GetContextFileUploadUrl",
    "GetContextFileDownloadUrl",
    "DeleteContextFile",
    "DescribeContextFiles",
)
OPERATIONS_ON_ONE = EVERY_OPERATION[1:]
ARGUMENTS = {"id": "SdkCtx-0", "contextId": "SdkCtx-0", "filePath": "/f", "name": "n", "allowCreate": "false"}


def test_a_created_context_has_an_id_in_the_form_of_the_cloud_and_is_available(api: Api) -> None:
    context = api.data("GetContext", name="memory", allowCreate="true")
    assert re.fullmatch(r"SdkCtx-[a-z0-9]{17}", context["id"])
    assert context.keys() == {"id", "name", "createTime", "lastUsedTime", "state"}
    assert (context["name"], context["state"]) == ("memory", "available")


def test_create_returns_the_existing_context_with_the_name(api: Api) -> None:
    assert api.create("memory") == api.create("memory")


def test_a_context_is_found_by_name_and_by_id(api: Api) -> None:
    context_id = api.create("memory")
    assert api.data("GetContext", name="memory", allowCreate="false")["id"] == context_id
    assert api.data("GetContext", id=context_id)["name"] == "memory"


def test_an_id_together_with_create_is_refused(api: Api) -> None:
    context_id = api.create("memory")
    refusal = api.refusal("GetContext", id=context_id, name="memory", allowCreate="true")
    assert refusal == (400, "InvalidParameter")


def test_neither_id_nor_name_is_refused(api: Api) -> None:
    assert api.refusal("GetContext", allowCreate="true") == (400, "InvalidParameter")
    assert api.refusal("GetContext") == (400, "InvalidParameter")


@pytest.mark.parametrize("name", ["", " ", "a" * 256, "a\0b", "line\nbreak", "\x7f"])
def test_an_invalid_context_name_is_refused(api: Api, agb_server: LocalServer, name: str) -> None:
    assert api.refusal("GetContext", name=name, allowCreate="true") == (400, "InvalidParameter")
    assert agb_server.contexts(api.key) == []


@pytest.mark.parametrize(
    "name", ["a" * 255, "Größe 🚀", "../../etc/passwd", "'; DROP TABLE contexts; --", "%00", "a b"]
)
def test_any_other_name_is_stored_unchanged(api: Api, name: str) -> None:
    context_id = api.create(name)
    assert api.data("GetContext", id=context_id)["name"] == name


def test_a_name_belongs_to_its_region_and_an_id_to_none(api: Api) -> None:
    hangzhou, shanghai = api.create("memory"), api.create("memory", loginRegionId="cn-shanghai")
    assert hangzhou != shanghai
    assert api.create("memory", loginRegionId="cn-hangzhou") == hangzhou
    assert api.data("GetContext", id=shanghai, allowCreate="false")["id"] == shanghai
    assert api.refusal("GetContext", name="memory", loginRegionId="us-west-1") == (404, "Context.NotFound")
    assert {context["id"] for context in api.data("ListContexts")} == {hangzhou, shanghai}


def test_every_key_has_a_separate_account(api: Api, other: Api, agb_server: LocalServer) -> None:
    mine = api.create("memory")
    theirs = other.create("memory")
    assert mine != theirs
    assert other.refusal("DeleteContext", id=mine) == (404, "Context.NotFound")
    assert other.refusal("GetContextFileUploadUrl", contextId=mine, filePath="/f") == (404, "Context.NotFound")
    assert [context["id"] for context in other.data("ListContexts")] == [theirs]
    assert [context["id"] for context in agb_server.contexts(api.key)] == [mine]


@pytest.mark.parametrize("operation", OPERATIONS_ON_ONE)
def test_an_unknown_context_is_not_found(api: Api, operation: str) -> None:
    arguments = {name: ARGUMENTS[name] for name in ("id", "contextId", "filePath", "name")}
    assert api.refusal(operation, **arguments) == (404, "Context.NotFound")


@pytest.mark.parametrize("operation", EVERY_OPERATION)
@pytest.mark.parametrize("authorization", [None, "", "k", "Bearer", "Bearer ", "Basic a", "bearer k", "Bearer a b"])
def test_a_request_without_a_usable_key_is_refused(api: Api, operation: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    method = "GET" if operation in ("ListContexts", "GetContext") else "POST"
    answer = api.session.request(method, f"{api.url}/sdk/{operation}", params=ARGUMENTS, headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["success"] is False


def test_rename_keeps_the_id_and_the_files(api: Api, agb_server: LocalServer) -> None:
    context_id = api.create("before")
    api.upload(context_id, "/f", b"content")
    api.data("ModifyContext", id=context_id, name="after")
    assert api.data("GetContext", name="after")["id"] == context_id
    assert api.refusal("GetContext", name="before") == (404, "Context.NotFound")
    assert agb_server.files(api.key, context_id) == {"/f": b"content"}


def test_a_rename_to_a_used_name_is_refused_but_to_the_current_name_is_not(api: Api) -> None:
    context_id, _ = api.create("one"), api.create("two")
    assert api.refusal("ModifyContext", id=context_id, name="two") == (409, "Context.NameAlreadyExists")
    api.data("ModifyContext", id=context_id, name="one")
    api.create("elsewhere", loginRegionId="cn-shanghai")
    api.data("ModifyContext", id=context_id, name="elsewhere")


def test_delete_deletes_the_files_and_frees_the_name(api: Api, agb_server: LocalServer) -> None:
    context_id = api.create("memory")
    api.upload(context_id, "/f", b"content")
    api.data("DeleteContext", id=context_id)
    assert api.refusal("DeleteContext", id=context_id) == (404, "Context.NotFound")
    assert agb_server.contexts(api.key) == []
    again = api.create("memory")
    assert again != context_id
    assert agb_server.files(api.key, again) == {}


def test_contexts_are_listed_page_by_page_while_others_come_and_go(api: Api) -> None:
    ids = [api.create(f"context-{number}") for number in range(7)]
    _, first = api.call("ListContexts", maxResults=3)
    assert (first["totalCount"], first["maxResults"]) == (7, 3)
    api.data("DeleteContext", id=ids[0])
    _, second = api.call("ListContexts", maxResults=3, nextToken=first["nextToken"])
    _, third = api.call("ListContexts", maxResults=3, nextToken=second["nextToken"])
    assert [context["id"] for page in (first, second, third) for context in page["data"]] == ids
    assert third["nextToken"] == ""


def test_a_page_has_ten_contexts_by_default(api: Api) -> None:
    for number in range(11):
        api.create(f"context-{number}")
    assert len(api.data("ListContexts")) == 10


def test_a_page_token_that_was_changed_or_belongs_to_another_account_is_refused(api: Api, other: Api) -> None:
    for driver in (api, other):
        for number in range(3):
            driver.create(f"context-{number}")
    token = api.call("ListContexts", maxResults=1)[1]["nextToken"]
    assert other.refusal("ListContexts", nextToken=token) == (400, "InvalidParameter")
    other_number = "8" if token[0] == "9" else "9"
    for wrong in ("x", "1", "1.", ".", token[:-1], other_number + token[1:], token + "0", "é"):
        assert api.refusal("ListContexts", nextToken=wrong) == (400, "InvalidParameter")


def test_an_uploaded_file_is_listed_with_every_field_of_the_api(api: Api) -> None:
    context_id = api.create("memory")
    api.upload(context_id, "/data/report.txt", b"content")
    (file,) = api.data("DescribeContextFiles", contextId=context_id)
    assert file.keys() == {
        *("fileId", "fileName", "filePath", "fileType", "gmtCreate", "gmtModified", "size", "status"),
    }
    assert (file["fileName"], file["filePath"], file["fileType"]) == ("report.txt", "/data/report.txt", "file")
    assert file["size"] == 7


def test_a_directory_lists_the_files_below_it_at_any_depth_and_no_others(api: Api) -> None:
    context_id = api.create("memory")
    inside = ["/a/1", "/a/b/2", "/a/b/c/3"]
    for path in (*inside, "/a", "/ab/4", "/a.txt", "/a0", "/A/5"):
        api.upload(context_id, path, b"")
    assert sorted(api.listing(context_id, parentFolderPath="/a")) == inside
    assert sorted(api.listing(context_id, parentFolderPath="/a/")) == inside
    assert api.listing(context_id, parentFolderPath="/nowhere") == {}
    everything = api.listing(context_id)
    assert len(everything) == 8
    assert api.listing(context_id, parentFolderPath="/") == everything == api.listing(context_id, parentFolderPath="")


def test_files_are_listed_by_path_in_pages_with_the_count_of_all(api: Api) -> None:
    context_id = api.create("memory")
    paths = [f"/{number:02}" for number in range(7)]
    for path in reversed(paths):
        api.upload(context_id, path, b"x")
    pages = [api.call("DescribeContextFiles", contextId=context_id, pageNumber=n, pageSize=3)[1] for n in (1, 2, 3, 4)]
    assert [file["filePath"] for page in pages for file in page["data"]] == paths
    assert [page["count"] for page in pages] == [7] * 4
    assert pages[3]["data"] == []


def test_a_listing_has_fifty_files_by_default(api: Api, agb_server: LocalServer) -> None:
    context_id = api.create("memory")
    for number in range(51):
        agb_server.put_file(api.key, context_id, f"/{number}", b"")
    assert len(api.listing(context_id)) == 50


@pytest.mark.parametrize("number", ["0", "-1", "NaN", "1e3", "9" * 40, "x", "1.5", "+1", "٣"])
@pytest.mark.parametrize("parameter", ["pageNumber", "pageSize"])
def test_an_impossible_page_is_refused(api: Api, parameter: str, number: str) -> None:
    context_id = api.create("memory")
    refusal = api.refusal("DescribeContextFiles", contextId=context_id, **{parameter: number})
    assert refusal == (400, "InvalidParameter")
    assert api.refusal("ListContexts", maxResults=number) == (400, "InvalidParameter")


def test_a_deleted_file_does_not_exist_and_cannot_be_deleted_again(api: Api, agb_server: LocalServer) -> None:
    context_id = api.create("memory")
    api.upload(context_id, "/f", b"content")
    api.data("DeleteContextFile", contextId=context_id, filePath="/f")
    assert agb_server.files(api.key, context_id) == {}
    assert api.refusal("DeleteContextFile", contextId=context_id, filePath="/f") == (404, "ContextFile.NotFound")


BAD_PATHS = [
    "",
    "f",
    "./f",
    "/../f",
    "/a/../../f",
    "/a//f",
    "/a/./f",
    "/",
    "/a/",
    "//",
    "/\0",
    "/" + "a" * 4096,
    "C:\\f",
]


@pytest.mark.parametrize("path", BAD_PATHS)
@pytest.mark.parametrize("operation", ["GetContextFileUploadUrl", "GetContextFileDownloadUrl", "DeleteContextFile"])
def test_an_invalid_file_path_is_refused(api: Api, operation: str, path: str) -> None:
    context_id = api.create("memory")
    assert api.refusal(operation, contextId=context_id, filePath=path) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    "path",
    [
        "/a b",
        "/ü/é",
        "/e\u0301",
        "/%2e%2e/f",
        "/a?b#c&d=e",
        "/..hidden",
        "/a\\b",
        "/line\nbreak",
        "/🚀",
        "/" + "d/" * 1000 + "f",
    ],
)
def test_any_other_path_is_stored_unchanged(api: Api, agb_server: LocalServer, path: str) -> None:
    context_id = api.create("memory")
    api.upload(context_id, path, b"content")
    assert agb_server.files(api.key, context_id) == {path: b"content"}
    assert api.get(api.download_url(context_id, path)).content == b"content"
    assert api.listing(context_id) == {path: 7}


def test_an_operation_that_the_api_does_not_have_is_refused(api: Api) -> None:
    assert api.refusal("DropAllContexts") == (404, "InvalidAction.NotFound")


@pytest.mark.parametrize("operation", EVERY_OPERATION)
def test_another_http_method_is_refused_and_changes_nothing(api: Api, agb_server: LocalServer, operation: str) -> None:
    context_id = api.create("memory")
    wrong = "POST" if operation in ("ListContexts", "GetContext") else "GET"
    arguments = ARGUMENTS | {"id": context_id, "contextId": context_id}
    headers = {"authorization": f"Bearer {api.key}"}
    for method in (wrong, "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = requests.request(method, f"{api.url}/sdk/{operation}", params=arguments, headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["success"]) == (405, False)
    assert [context["name"] for context in agb_server.contexts(api.key)] == ["memory"]


def test_arguments_in_the_body_are_ignored(api: Api) -> None:
    context_id = api.create("memory")
    headers = {"authorization": f"Bearer {api.key}"}
    answer = api.session.post(f"{api.url}/sdk/DeleteContext", json={"id": context_id}, headers=headers, timeout=10)
    assert answer.json()["code"] == "InvalidParameter"


@pytest.mark.parametrize("query", ["id=a&id=b", "id=%ff", "id=%C3%28", "&".join("a=b" for _ in range(200))])
def test_a_malformed_query_is_refused(api: Api, query: str) -> None:
    headers = {"authorization": f"Bearer {api.key}"}
    answer = api.session.get(f"{api.url}/sdk/GetContext?{query}", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


def test_the_request_id_is_in_the_body_and_the_header_and_is_unique(api: Api) -> None:
    headers = {"authorization": f"Bearer {api.key}"}
    answers = [api.session.get(f"{api.url}/sdk/ListContexts", headers=headers, timeout=10) for _ in range(3)]
    ids = [answer.json()["requestId"] for answer in answers]
    assert ids == [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3


def test_the_envelope_of_a_success_is_complete(api: Api) -> None:
    _, body = api.call("ListContexts")
    assert {"requestId", "success", "code", "message", "httpStatusCode", "data"} <= body.keys()
    assert (body["success"], body["httpStatusCode"]) == (True, 200)


def test_health_needs_no_key_and_is_not_logged(api: Api, agb_server: LocalServer) -> None:
    answer = requests.get(f"{api.url}/health", timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert agb_server.requests == []
