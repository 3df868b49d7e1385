"""Tests of the client's error messages: one line with action, subject, cause, code, request id and remedy."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, Context, ContextService, wait_ready
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, upload

REFUSED = json.dumps({"success": False, "code": "Quota.Exceeded", "message": "Too many contexts.", "requestId": "r-1"})
Call = Callable[[ContextService, str], object]


def answered(content: str, status: int = 200, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {"status": status, "content": content, "headers": headers or {}}


MESSAGES: list[tuple[str, Call, tuple[str, dict[str, Any]] | None, str]] = [
    (
        "GetContext",
        lambda service, id: service.create("agents"),
        ("answer", answered(REFUSED, 400)),
        "Could not create context 'agents': Too many contexts (code Quota.Exceeded, HTTP 400, request id r-1). "
        "Fix the cause that the API reports, or contact AGB support with the request id.",
    ),
    (
        "GetContext",
        lambda service, id: service.get("agents"),
        ("answer", answered('{"success": false, "code": "Context.NotFound", "requestId": "r-2"}', 404)),
        "Could not get context 'agents': it does not exist (code Context.NotFound, HTTP 404, request id r-2). "
        "Check the id or name, the region and the account.",
    ),
    (
        "ListContexts",
        lambda service, id: service.list(),
        ("answer", answered('{"success": false, "code": "InvalidApiKey", "message": "no", "requestId": "r-3"}', 401)),
        "Could not list contexts because the API rejected the key: no (code InvalidApiKey, HTTP 401, request id r-3). "
        "Check agbcontext:apiKey in the stack's configuration, or AGB_API_KEY.",
    ),
    (
        "ModifyContext",
        lambda service, id: service.update(Context(id, "renamed")),
        ("answer", answered("<html>", 502, {"x-request-id": "r-4"})),
        "Could not rename context {id} to 'renamed': the response does not come from a Context API "
        "(HTTP 502, request id r-4). "
        "Check the endpoint {url} and that the service is running, then run `pulumi up` again.",
    ),
    (
        "ClearContext",
        lambda service, id: service.clear(id),
        (
            "answer",
            answered('{"success": false, "message": "slow down", "requestId": "r-5"}', 429, {"Retry-After": "90"}),
        ),
        "Could not clear context {id}: slow down (HTTP 429, request id r-5). "
        "Run `pulumi up` again in 90 s, or lower agbcontext:parallelUploads.",
    ),
    (
        "DeleteContext",
        lambda service, id: service.delete(Context(id, "")),
        ("reset_before", {}),
        "Could not delete context {id}: the connection failed (Connection reset by peer). "
        "Check the endpoint {url} and that the service is running, then run `pulumi up` again.",
    ),
    (
        "DescribeContextFiles",
        lambda service, id: service.list_all_files(id),
        ("stall", {"seconds": 30}),
        "Could not list the files of context {id}: no complete response was received before the timeout. "
        "Check the endpoint {url} and that the service is running, then run `pulumi up` again.",
    ),
    (
        "Upload",
        lambda service, id: service.transfers.upload_many(id, [upload("/a.txt", b"x")]),
        ("status", {"status": 403}),
        "Could not upload /a.txt to context {id}: the object store rejected the presigned URL and its replacement "
        "(HTTP 403). Run `pulumi up` again.",
    ),
    (
        "GetContext",
        lambda service, id: wait_ready(service, id, timeout=0.2),
        None,
        "Timed out after 0.2 s waiting for context {id} to become available: its last state was pre-available. "
        "Run `pulumi up` again when it is available, or increase `clear_timeout`.",
    ),
]


@pytest.mark.parametrize(("operation", "call", "fault", "message"), MESSAGES)
def test_an_error_is_one_line_with_all_details(
    agb_server: LocalServer,
    context: Context,
    quick_retries: None,
    operation: str,
    call: Call,
    fault: tuple[str, dict[str, Any]] | None,
    message: str,
) -> None:
    agb_server.set_state(context.id, "pre-available")
    if fault:
        agb_server.fault(operation, fault[0], times=99, **fault[1])
    with pytest.raises(AGBError) as caught:
        call(ContextService(Account(agb_server.url, KEY, timeout=3)), context.id)
    assert str(caught.value) == message.format(id=context.id, url=agb_server.url)


def test_an_endpoint_without_a_listener_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(AGBError) as caught:
        ContextService(Account(url, KEY)).list()
    assert str(caught.value) == (
        "Could not list contexts: the connection failed (Connection refused). "
        f"Check the endpoint {url} and that the service is running, then run `pulumi up` again."
    )


@pytest.mark.parametrize(
    "hostile", ["first\nsecond", "https://store/a?Signature=secret", "x" * 5000, "\x1b[31mred", "\u2028line"]
)
def test_text_of_the_api_cannot_break_the_line_or_show_a_signature(
    agb_server: LocalServer, service: ContextService, hostile: str
) -> None:
    body = {"success": False, "code": hostile, "message": hostile, "requestId": hostile}
    agb_server.fault("ListContexts", "answer", status=400, content=json.dumps(body))
    with pytest.raises(AGBError) as caught:
        service.list()
    text = str(caught.value)
    assert text.isprintable()
    assert "secret" not in text
    assert len(text) < 1500
