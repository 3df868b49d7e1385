"""Tests of every operation with every fault: the outcome, the effect on the server and the number of requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Context, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, count, upload

pytestmark = pytest.mark.usefixtures("http_client", "quick_retries")

CONTENT = b"what was there before" * 100
NEW_CONTENT = b"x" * 300_000


@dataclass(frozen=True)
class Case:
    """An operation, its name on the server, and whether the server shows that it took effect."""

    name: str
    operation: str
    call: Callable[[ContextService, Context], Any]
    took_effect: Callable[[LocalServer, Context], bool] = lambda server, context: True


@dataclass(frozen=True)
class FaultCase:
    name: str
    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)
    carried_out: bool = False
    refused_as: type[errors.AGBError] | None = None


def names(server: LocalServer) -> list[str]:
    return [context["name"] for context in server.contexts(KEY)]


def files(server: LocalServer, context: Context) -> dict[str, bytes]:
    return server.files(KEY, context.id)


API = [
    Case("list", "ListContexts", lambda s, c: s.list()),
    Case("get by id", "GetContext", lambda s, c: s.get(context_id=c.id)),
    Case("get by name", "GetContext", lambda s, c: s.get(c.name)),
    Case("clear status", "GetContext", lambda s, c: s.get_clear_status(c.id)),
    Case("delete", "DeleteContext", lambda s, c: s.delete(c), lambda server, c: names(server) == []),
    Case(
        "clear",
        "ClearContext",
        lambda s, c: s.clear_async(c.id),
        lambda server, c: server.contexts(KEY)[0]["state"] == "clearing",
    ),
    Case("upload url", "GetContextFileUploadUrl", lambda s, c: s.get_file_upload_url(c.id, "/new")),
    Case("download url", "GetContextFileDownloadUrl", lambda s, c: s.get_file_download_url(c.id, "/old")),
    Case(
        "delete file",
        "DeleteContextFile",
        lambda s, c: s.transfers.delete_many(c.id, ["/old"]),
        lambda server, c: files(server, c) == {},
    ),
    Case("list files", "DescribeContextFiles", lambda s, c: s.list_files(c.id)),
]
CREATE = Case(
    "create", "GetContext", lambda s, c: s.create("second"), lambda server, c: names(server) == ["workspace", "second"]
)
RENAME = Case(
    "rename",
    "ModifyContext",
    lambda s, c: s.update(Context(c.id, "renamed")),
    lambda server, c: names(server) == ["renamed"],
)
STORE = [
    Case(
        "upload",
        "Upload",
        lambda s, c: s.transfers.upload_many(c.id, [upload("/new", NEW_CONTENT)]),
        lambda server, c: files(server, c).get("/new") == NEW_CONTENT,
    ),
    Case("digest", "Download", lambda s, c: s.transfers.digest(c.id, "/old")),
    Case("read", "Download", lambda s, c: s.transfers.read(c.id, "/old", 10_000)),
    Case("size", "Download", lambda s, c: s.transfers.size(c.id, "/old")),
]


def throttled(name: str, retry_after: str) -> FaultCase:
    return FaultCase(f"429 retry-after {name}", "status", {"status": 429, "headers": {"Retry-After": retry_after}})


PASSING_STATUSES = [
    FaultCase("429", "status", {"status": 429}),
    throttled("0", "0"),
    throttled("malformed", "soon"),
    throttled("negative", "-5"),
    throttled("huge", "99999999999"),
    throttled("nan", "nan"),
    throttled("past date", "Wed, 21 Oct 2015 07:28:00 GMT"),
    throttled("odd date", "Wed, 99 Oct 2015 07:28:00"),
    *(FaultCase(str(status), "status", {"status": status}) for status in (408, 500, 502, 503, 504)),
    FaultCase("502 html", "status", {"status": 502, "body": "html"}),
    FaultCase("503 empty", "status", {"status": 503, "body": "empty"}),
]
RESETS = [
    FaultCase("reset before", "reset_before"),
    FaultCase("reset after", "reset_after"),
    FaultCase("answer lost", "answer_lost", carried_out=True),
]
UNUSABLE = [
    FaultCase("reset middle", "reset_middle", carried_out=True),
    FaultCase("empty", "empty", carried_out=True),
    FaultCase("truncated", "truncated_json", carried_out=True),
    FaultCase("malformed", "malformed_json", carried_out=True),
    FaultCase("200 html", "status", {"status": 200, "body": "html"}),
    FaultCase("200 failure 503", "failure_body", {"code": "ServiceUnavailable"}),
    FaultCase("200 throttled", "failure_body", {"code": "Throttling.User"}),
    FaultCase("200 array", "answer", {"content": "[1, 2]"}),
    FaultCase("200 deep", "answer", {"content": "[" * 100_000}),
    FaultCase("200 success null", "answer", {"content": '{"success": null}'}),
]
PASSING = [*PASSING_STATUSES, *RESETS, *UNUSABLE]
REFUSED = [
    FaultCase("401", "status", {"status": 401}, refused_as=errors.AuthenticationError),
    FaultCase("403", "status", {"status": 403}, refused_as=errors.AuthenticationError),
    FaultCase("403 html", "status", {"status": 403, "body": "html"}, refused_as=errors.AuthenticationError),
    FaultCase("400", "status", {"status": 400}, refused_as=errors.RequestRejectedError),
    FaultCase("409", "status", {"status": 409}, refused_as=errors.RequestRejectedError),
    FaultCase("413", "status", {"status": 413}, refused_as=errors.RequestRejectedError),
    FaultCase("501", "status", {"status": 501}, refused_as=errors.RequestRejectedError),
    FaultCase("404 html", "status", {"status": 404, "body": "html"}, refused_as=errors.UnreachableError),
    FaultCase(
        "redirect",
        "status",
        {"status": 307, "body": "html", "headers": {"Location": "http://127.0.0.1:1/"}},
        refused_as=errors.UnreachableError,
    ),
    FaultCase("200 failure", "failure_body", {"code": "InvalidParameter"}, refused_as=errors.RequestRejectedError),
    FaultCase("200 bad key", "failure_body", {"code": "InvalidApiKey"}, refused_as=errors.AuthenticationError),
]
STORE_REFUSALS = [
    FaultCase(str(status), "status", {"status": status}, refused_as=errors.TransferError)
    for status in (400, 401, 409, 413, 501)
]


def product(cases: list[Case], faults: list[FaultCase]) -> list[Any]:
    return [pytest.param(case, fault, id=f"{case.name}-{fault.name}") for case in cases for fault in faults]


def attempts(expected: int, http_client: str, fault: FaultCase) -> set[int]:
    """Allow for libcurl, which resends a request if a reused connection breaks before the first byte of a response."""
    return {expected, expected + 1} if http_client == "libcurl" and fault in RESETS else {expected}


ONCE = [*product(API, PASSING), *product(STORE, [*PASSING_STATUSES, *RESETS])]
NEVER = [*product([*API, CREATE, RENAME], REFUSED), *product(STORE, STORE_REFUSALS)]
LASTING = product([*API, *STORE, RENAME], [FaultCase("503", "status"), *RESETS[:2]])


def test_the_matrix_has_at_least_two_hundred_cells() -> None:
    assert len(ONCE) + len(NEVER) + len(LASTING) + 2 * len(PASSING) >= 200


def prepared(server: LocalServer, context: Context, case: Case, fault: FaultCase, times: int = 1) -> tuple[Any, int]:
    server.put_file(KEY, context.id, "/old", CONTENT)
    return server.fault(case.operation, fault.kind, times=times, **fault.parameters), count(server, case.operation)


@pytest.mark.parametrize(("case", "fault"), ONCE)
def test_a_temporary_fault_is_overcome_by_exactly_one_retry(
    agb_server: LocalServer, service: ContextService, context: Context, case: Case, fault: FaultCase
) -> None:
    played, before = prepared(agb_server, context, case, fault)
    case.call(service, context)
    assert played.consumed == 1
    assert count(agb_server, case.operation) - before == 2
    assert case.took_effect(agb_server, context)


@pytest.mark.parametrize(("case", "fault"), LASTING)
def test_a_permanent_fault_fails_after_three_attempts(
    agb_server: LocalServer, service: ContextService, context: Context, http_client: str, case: Case, fault: FaultCase
) -> None:
    played, before = prepared(agb_server, context, case, fault, times=100)
    with pytest.raises((errors.UnreachableError, errors.TransferError)):
        case.call(service, context)
    assert played.consumed == count(agb_server, case.operation) - before
    assert played.consumed in attempts(3, http_client, fault)


@pytest.mark.parametrize(("case", "fault"), NEVER)
def test_a_refusal_is_final_after_exactly_one_attempt(
    agb_server: LocalServer, service: ContextService, context: Context, case: Case, fault: FaultCase
) -> None:
    assert fault.refused_as is not None
    played, before = prepared(agb_server, context, case, fault, times=100)
    with pytest.raises(fault.refused_as):
        case.call(service, context)
    assert played.consumed == 1
    assert count(agb_server, case.operation) - before == 1


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_create_looks_up_the_name_before_it_retries(
    agb_server: LocalServer, service: ContextService, context: Context, fault: FaultCase
) -> None:
    played, before = prepared(agb_server, context, CREATE, fault)
    created = service.create("second").context
    assert played.consumed == 1
    # Carried out: create, read. Not carried out: create, read, create.
    assert count(agb_server, "GetContext") - before == (2 if fault.carried_out else 3)
    assert created is not None
    assert [(entry["name"], entry["id"]) for entry in agb_server.contexts(KEY)][1:] == [("second", created.id)]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_rename_reads_the_name_before_it_retries(
    agb_server: LocalServer, service: ContextService, context: Context, fault: FaultCase
) -> None:
    played, before = prepared(agb_server, context, RENAME, fault)
    looked = count(agb_server, "GetContext")
    service.update(Context(context.id, "renamed"))
    assert played.consumed == 1
    assert count(agb_server, "ModifyContext") - before == (1 if fault.carried_out else 2)
    assert count(agb_server, "GetContext") - looked == 1
    assert names(agb_server) == ["renamed"]


@pytest.mark.parametrize("fault", [FaultCase("503", "status"), *RESETS], ids=lambda fault: fault.name)
def test_create_with_a_permanent_fault_sends_one_create_and_two_lookups(
    agb_server: LocalServer, service: ContextService, context: Context, http_client: str, fault: FaultCase
) -> None:
    played, before = prepared(agb_server, context, CREATE, fault, times=100)
    with pytest.raises(errors.UnreachableError):
        service.create("second")
    assert played.consumed == count(agb_server, "GetContext") - before
    assert played.consumed in attempts(3, http_client, fault)
