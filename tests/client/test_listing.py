from __future__ import annotations

import json

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Context, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, count


def fill(server: LocalServer, context: Context, files: int) -> list[str]:
    paths = [f"/{number:05}" for number in range(files)]
    for path in paths:
        server.put_file(KEY, context.id, path, b"x")
    return paths


@pytest.mark.parametrize(("files", "pages"), [(0, 1), (1, 1), (999, 1), (1000, 2), (1001, 2), (2000, 2)])
def test_a_listing_requests_no_unnecessary_pages(
    agb_server: LocalServer, service: ContextService, context: Context, files: int, pages: int
) -> None:
    paths = fill(agb_server, context, files)
    assert [entry.file_path for entry in service.list_all_files(context.id)] == paths
    assert count(agb_server, "DescribeContextFiles") == pages


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_an_api_that_returns_smaller_pages_is_read_completely(
    agb_server: LocalServer, service: ContextService, context: Context, limit: int
) -> None:
    agb_server.behave(page_limit=limit)
    paths = fill(agb_server, context, 50)
    assert [entry.file_path for entry in service.list_all_files(context.id)] == paths
    made = [service.create(f"c{number}").context_id for number in range(8)]
    assert [found.id for found in service.list_all()] == [context.id, *made]


def test_documented_page_sizes_are_requested_from_an_api_that_refuses_large_pages(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    paths = fill(agb_server, context, 60)
    agb_server.fault("DescribeContextFiles", "status", status=400)
    agb_server.fault("ListContexts", "status", status=400)
    assert [entry.file_path for entry in service.list_all_files(context.id)] == paths
    assert count(agb_server, "DescribeContextFiles") == 3
    assert [found.id for found in service.list_all()] == [context.id]


@pytest.mark.parametrize(("status", "error"), [(401, errors.AuthenticationError), (404, errors.NotFoundError)])
def test_a_rejection_unrelated_to_the_page_is_not_retried(
    agb_server: LocalServer, service: ContextService, context: Context, status: int, error: type[Exception]
) -> None:
    body = json.dumps({"success": False, "code": "Context.NotFound" if status == 404 else "", "message": "no"})
    agb_server.fault("DescribeContextFiles", "answer", times=9, status=status, content=body)
    with pytest.raises(error):
        service.list_all_files(context.id)
    assert count(agb_server, "DescribeContextFiles") == 1


def page(paths: list[str], **fields: object) -> str:
    data = [{"filePath": path, "fileType": "file", "size": 1} for path in paths]
    return json.dumps({"success": True, "data": data, **fields})


def script(server: LocalServer, operation: str, *contents: str) -> None:
    for occurrence, content in enumerate(contents, 1):
        server.fault(operation, "answer", occurrence=occurrence, content=content)


def test_a_file_on_two_pages_is_listed_once(agb_server: LocalServer, service: ContextService, context: Context) -> None:
    script(agb_server, "DescribeContextFiles", page(["/a", "/b"]), page(["/b", "/c"]), page([]))
    assert [entry.file_path for entry in service.list_all_files(context.id)] == ["/a", "/b", "/c"]


def test_an_api_that_ignores_the_page_number_does_not_cause_an_endless_loop(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    agb_server.fault("DescribeContextFiles", "answer", times=99, content=page(["/a", "/b"]))
    assert len(service.list_all_files(context.id)) == 2
    assert count(agb_server, "DescribeContextFiles") == 2


def test_the_count_of_a_page_is_not_taken_for_the_total(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    full = [f"/{number}" for number in range(1000)]
    script(agb_server, "DescribeContextFiles", page(full, count=1000), page(["/last"], count=1), page([], count=0))
    assert len(service.list_all_files(context.id)) == 1001


def test_directories_and_page_fields_inside_data_are_parsed(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    files = [
        {"filePath": "/data", "fileType": "folder"},
        {"filePath": "/data/a", "fileType": "file", "size": "12", "unknown": {"nested": 1}, "gmtCreate": None},
    ]
    answer = {"success": True, "data": {"count": 2, "pageSize": 50, "files": files}}
    agb_server.fault("DescribeContextFiles", "answer", times=9, content=json.dumps(answer))
    [entry] = service.list_all_files(context.id)
    assert (entry.file_path, entry.size) == ("/data/a", 12)
    assert service.list_files(context.id).count == 2


def test_the_token_of_the_next_page_may_be_inside_data(agb_server: LocalServer, service: ContextService) -> None:
    data = {"nextToken": "t2", "totalCount": 2, "list": [{"id": "SdkCtx-1", "name": "a"}]}
    script(
        agb_server,
        "ListContexts",
        json.dumps({"success": True, "data": data}),
        json.dumps({"success": True, "data": [{"id": "SdkCtx-2"}], "nextToken": ""}),
    )
    assert [found.id for found in service.list_all()] == ["SdkCtx-1", "SdkCtx-2"]


def test_a_repeated_page_token_is_an_error_and_not_an_endless_loop(
    agb_server: LocalServer, service: ContextService
) -> None:
    answer = json.dumps({"success": True, "data": [{"id": "SdkCtx-1"}], "nextToken": "again"})
    agb_server.fault("ListContexts", "answer", times=99, content=answer)
    with pytest.raises(errors.UnreachableError, match="same page"):
        list(service.list_all())
    assert count(agb_server, "ListContexts") == 2
