"""Tests that no failure shows a key, a presigned URL or content in a text or log."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.testing.server import LocalServer

from .support import upload

pytestmark = pytest.mark.usefixtures("http_client")

KEY = "canary-key-4711"
CONTENT = b"canary-content-4711" * 20_000
SIGNATURE = "canary-signature-4711"
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("status", {"status": 400}),
    ("status", {"status": 401}),
    ("status", {"status": 403, "body": "html"}),
    ("status", {"status": 503}),
    ("failure_body", {"code": "InvalidParameter"}),
    ("answer", {"content": json.dumps({"success": True, "data": {"url": [SIGNATURE]}, "requestId": "r"})}),
    ("answer", {"content": f'{{"success": true, "data": "{SIGNATURE}'}),
    (
        "answer",
        {
            "status": 400,
            "content": json.dumps({"success": False, "code": "c", "message": f"see https://h/?{SIGNATURE}"}),
        },
    ),
    ("reset_before", {}),
    ("reset_middle", {}),
    ("answer_lost", {}),
    ("malformed_json", {}),
]
CALLS: list[Callable[[ContextService, str], object]] = [
    lambda service, id: service.get(context_id=id),
    lambda service, id: service.list_all_files(id),
    lambda service, id: service.get_file_upload_url(id, "/a"),
    lambda service, id: service.transfers.upload_many(id, [upload("/a", CONTENT)]),
    lambda service, id: service.transfers.digest(id, "/old"),
]


@pytest.fixture
def secretive(agb_server: LocalServer) -> tuple[ContextService, Context]:
    service = ContextService(Account(agb_server.url, KEY, timeout=5))
    context = service.create("workspace").context
    assert context is not None
    agb_server.put_file(KEY, context.id, "/old", CONTENT)
    return service, context


def every_text(error: BaseException) -> str:
    """Return all that an error handler could print: the traceback with its causes, every repr and every attribute."""
    texts = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        assert isinstance(link, AGBError), "an exception of a library left the client"
        texts.append(repr(link) + repr(vars(link)) + repr(link.args))
        link = link.__cause__ or link.__context__
    return "\n".join(texts)


@pytest.mark.parametrize("operation", ["*", "Upload", "Download", "GetContextFileUploadUrl"])
@pytest.mark.parametrize(("kind", "parameters"), FAULTS)
def test_no_secret_leaks_when_a_call_fails(
    agb_server: LocalServer,
    secretive: tuple[ContextService, Context],
    calls: list[str],
    quick_retries: None,
    operation: str,
    kind: str,
    parameters: dict[str, Any],
) -> None:
    service, context = secretive
    fault = agb_server.fault(operation, kind, times=1000, **parameters)
    texts: list[str] = []
    for call in CALLS:
        try:
            call(service, context.id)
        except Exception as error:  # noqa: BLE001  (every exception is searched)
            texts.append(every_text(error))
    assert fault.consumed
    everything = "\n".join([*texts, *calls])
    for secret in (KEY, "canary-content", SIGNATURE, "signature=", "Bearer"):
        assert secret not in everything, everything[: everything.index(secret) + 100][-400:]


def test_no_secret_leaks_when_nothing_fails(
    agb_server: LocalServer, secretive: tuple[ContextService, Context], calls: list[str]
) -> None:
    service, context = secretive
    results = [repr(call(service, context.id)) for call in CALLS]
    everything = "\n".join([*results, *calls, repr(service.account)])
    assert any("Upload 200" in line for line in calls)
    assert KEY not in everything
    assert "canary-content" not in everything
    assert "?" not in everything  # no URL with a query


def test_a_url_that_the_store_echoes_is_not_shown(
    agb_server: LocalServer, secretive: tuple[ContextService, Context]
) -> None:
    service, context = secretive
    quoted = f"<Error><StringToSign>PUT {SIGNATURE}</StringToSign></Error>"
    agb_server.fault("Upload", "answer", times=9, status=403, content=quoted)
    with pytest.raises(Exception, match="rejected the presigned URL") as caught:
        service.transfers.upload_many(context.id, [upload("/a", CONTENT)])
    assert SIGNATURE not in every_text(caught.value)


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("field", ["message", "code", "requestId"])
@pytest.mark.parametrize("echo", ["{}", "%22{}%22", "a\r\nauthorization: Bearer {}\r\n"])
def test_a_key_that_the_api_echoes_is_never_shown(
    agb_server: LocalServer,
    secretive: tuple[ContextService, Context],
    calls: list[str],
    quick_retries: None,
    status: int,
    field: str,
    echo: str,
) -> None:
    service, context = secretive
    answer = {"success": False, "code": "InvalidParameter", "message": "no", "requestId": "r", field: echo.format(KEY)}
    agb_server.fault("GetContext", "answer", times=1000, status=status, content=json.dumps(answer))
    with within(1), pytest.raises(AGBError) as caught:
        service.get(context_id=context.id)
    shown = every_text(caught.value) + "\n".join(calls)
    assert KEY not in shown
    assert all("\n" not in line and "\r" not in line for line in [str(caught.value), *calls])


def test_a_key_in_the_request_id_of_a_success_is_not_shown(
    agb_server: LocalServer, secretive: tuple[ContextService, Context], calls: list[str]
) -> None:
    service, context = secretive
    data = {"id": context.id, "name": context.name}
    answer = {"success": True, "requestId": f"echo {KEY}", "data": data}
    agb_server.fault("GetContext", "answer", content=json.dumps(answer))
    assert KEY not in repr(service.get(context_id=context.id)) + "\n".join(calls)
