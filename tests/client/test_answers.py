"""Tests of how responses are interpreted: not found must be certain, because data is deleted as a consequence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_agbcontext import client, errors
from pulumi_agbcontext.client.api.operations import GET_CONTEXT_BY_ID, LIST_CONTEXTS, LIST_FILES
from pulumi_agbcontext.client.api.responses import Answer, understand
from pulumi_agbcontext.client.http import Response
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, count

THROTTLED = errors.ThrottledError
REJECTED, ABSENT, KEY_REFUSED, UNUSABLE = (
    errors.RequestRejectedError,
    errors.NotFoundError,
    errors.AuthenticationError,
    errors.UnreachableError,
)


def received(status: int, headers: dict[str, str], body: bytes) -> Answer:
    return Answer(Response(status, lambda: headers), body)


def answer(status: int = 200, **body: object) -> Answer:
    return received(status, {}, json.dumps(body).encode())


def failure(status: int = 200, code: object = "", message: object = "", said: object = None) -> Answer:
    return answer(status, success=False, code=code, message=message, httpStatusCode=said, requestId="r1")


@pytest.mark.parametrize(
    ("given_answer", "meaning"),
    [
        (failure(404, "Context.NotFound"), ABSENT),
        (failure(200, "CONTEXTNOTFOUND"), ABSENT),
        (failure(200, "contextNotFound", said=404), ABSENT),
        (failure(400, "InvalidContextId.NotFound"), REJECTED),
        (failure(404, "ContextFile.NotFound"), REJECTED),
        (failure(404, "Context.NotExist"), REJECTED),
        (failure(404, "Identity.NotExist"), REJECTED),
        (failure(404, "ResourceNotFound"), REJECTED),
        (failure(404, "NotFound"), REJECTED),
        (failure(400, "", "Context not found: SdkCtx-1"), REJECTED),
        (failure(200, "BadRequest", "The specified context does not exist."), REJECTED),
        (failure(200, "", "no such file"), REJECTED),
        (failure(404, "", "The service does not exist"), REJECTED),
        (failure(404, "InvalidAction.NotFound"), REJECTED),
        (failure(404, "Region.NotFound"), REJECTED),
        (failure(400, "Context.NameAlreadyExists", "context name not found to be free"), REJECTED),
        (failure(200, "InvalidAccessKeyId.NotFound"), KEY_REFUSED),
        (failure(401, "Context.NotFound"), KEY_REFUSED),
        (failure(403, "Context.NotFound"), KEY_REFUSED),
        (failure(200, "Unauthorized", said=401), KEY_REFUSED),
        (failure(500, "Context.NotFound"), UNUSABLE),
        (failure(200, "Context.NotFound", said=503), UNUSABLE),
        (failure(200, "Throttling.User"), THROTTLED),
        (failure(400, "Throttling.Api"), THROTTLED),
        (failure(403, "Throttling"), THROTTLED),
        (failure(429, "X"), THROTTLED),
        (failure(503, "ThrottlingException"), THROTTLED),
        (failure(400, "InternalError"), UNUSABLE),
        (failure(403, "InternalError"), UNUSABLE),
        (failure(404, "InternalServerError"), UNUSABLE),
        (failure(400, 17, ["list"]), REJECTED),
        (answer(404, error="Not Found", path="/sdk/GetContext"), UNUSABLE),
        (answer(200, success="false"), REJECTED),
        (answer(200, data={"id": "SdkCtx-1"}), UNUSABLE),
        (answer(201, success=True, data={"id": "SdkCtx-1"}), REJECTED),
        (received(404, {}, b"<html>Not Found</html>"), UNUSABLE),
        (received(204, {}, b""), UNUSABLE),
        (received(200, {}, b"\xff\xfe{"), UNUSABLE),
        (received(200, {}, b'{"success": true' + b'{"a":' * 50_000), UNUSABLE),
    ],
)
def test_a_failure_is_recognized_by_its_body_and_status(given_answer: Answer, meaning: type[errors.AGBError]) -> None:
    with pytest.raises(errors.AGBError) as caught:
        understand(given_answer, "get context 'a'", "https://host")
    assert type(caught.value) is meaning


@pytest.mark.parametrize("success", [True, "true", 1])
def test_a_success_is_recognized_by_its_body(success: object) -> None:
    envelope = understand(answer(success=success, data={"id": "SdkCtx-1"}, odd=[{}], totalCount="many"), "list", "")
    assert envelope.data == {"id": "SdkCtx-1"}
    assert envelope.total_count is None


def test_the_request_id_comes_from_the_body_or_otherwise_from_the_head() -> None:
    for given_answer in (
        received(400, {}, b'{"success": false, "requestId": "r7"}'),
        received(400, {"x-request-id": "r7"}, b'{"success": false}'),
        received(502, {"x-request-id": "r7"}, b"<html>"),
    ):
        with pytest.raises(errors.AGBError, match="request id r7") as caught:
            understand(given_answer, "list contexts", "https://host")
        assert caught.value.request_id == "r7"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = [
    "requestId",
    "success",
    "code",
    "message",
    "httpStatusCode",
    "data",
    "nextToken",
    "count",
    "url",
    "id",
    "name",
    "state",
    "size",
    "filePath",
]
envelopes = st.dictionaries(st.sampled_from(FIELDS), json_values)


@settings(deadline=None)
@given(st.integers(100, 599), st.binary() | envelopes.map(lambda body: json.dumps(body).encode()))
def test_any_response_is_a_result_or_an_error_of_this_package(status: int, body: bytes) -> None:
    for operation in (GET_CONTEXT_BY_ID, LIST_CONTEXTS, LIST_FILES):
        try:
            envelope = understand(received(status, {}, body), "call", "https://host")
        except errors.AGBError as error:
            assert "\n" not in str(error)
            continue
        try:
            operation.read(envelope)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "data", [None, {}, [], "", {"id": None}, {"id": ""}, {"name": "workspace"}, [{"id": "SdkCtx-1"}], 7]
)
def test_a_response_without_the_requested_id_is_an_error_and_never_not_found(
    agb_server: LocalServer, service: client.ContextService, quick_retries: None, data: object
) -> None:
    agb_server.fault("GetContext", "answer", times=9, content=json.dumps({"success": True, "data": data}))
    with pytest.raises(errors.UnreachableError):
        service.get(context_id="SdkCtx-1")
    assert count(agb_server, "GetContext") == 3


@pytest.mark.parametrize("data", [None, {}])
def test_a_success_without_a_context_means_that_the_name_is_unused(
    agb_server: LocalServer, service: client.ContextService, data: object
) -> None:
    agb_server.fault("GetContext", "answer", content=json.dumps({"success": True, "data": data}))
    with pytest.raises(errors.NotFoundError):
        service.get("free")


def test_an_endless_response_is_an_error(
    agb_server: LocalServer, service: client.ContextService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pulumi_agbcontext.client.api import transport

    monkeypatch.setattr(transport, "_LARGEST_ANSWER", 1000)
    agb_server.fault("ListContexts", "answer", times=9, content='{"success": true}' + " " * 1000)
    with pytest.raises(errors.UnreachableError, match="larger"):
        service.list()
    assert count(agb_server, "ListContexts") == 1


def test_a_context_without_state_has_none(agb_server: LocalServer, service: client.ContextService) -> None:
    agb_server.behave(new_context_state=None)
    made = service.create("stateless").context
    assert made is not None
    assert made.state is None
    assert service.get_clear_status(made.id).status is None
    assert agb_server.contexts(KEY)[0]["state"] is None
