"""Tests of what the transport adds to single requests: retries by operation, errors that name the call, and limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.api.operations import (
    CREATE_CONTEXT,
    DELETE_CONTEXT,
    GET_CONTEXT_BY_ID,
    GET_CONTEXT_BY_NAME,
    Operation,
)
from pulumi_agbcontext.client.api.transport import Transport
from pulumi_agbcontext.client.api.wire import Envelope
from pulumi_agbcontext.client.http import NoAnswerError, Request, retry_policy
from pulumi_agbcontext.client.http.concurrency_limiter import ConcurrencyLimiter
from pulumi_agbcontext.client.http.protocol import Receive, Response
from pulumi_agbcontext.messages import causes

from .support import KEY, LoggedCall

ENDPOINT = "https://api.example.com"
FOUND = {"success": True, "data": {"id": "SdkCtx-1", "name": "data", "state": "available"}}
ABSENT = {"success": False, "code": "Context.NotFound", "message": "no such context"}
SUCCESS = Envelope(success=True)
Step = Callable[[Receive], int]

pytestmark = pytest.mark.usefixtures("quick_retries")


class ScriptedClient:
    """HTTP client that takes its responses from a list and repeats the last one."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[Request] = []

    def exchange(self, request: Request, receive: Receive) -> Response:
        self.requests.append(request)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        return Response(step(receive), dict)

    def close(self) -> None: ...


def answers(body: dict[str, Any], status: int = 200) -> Step:
    def step(receive: Receive) -> int:
        receive(json.dumps(body).encode())
        return status

    return step


def is_silent(_: Receive) -> int:
    raise NoAnswerError("nothing came back", retryable=True)


def is_refused(_: Receive) -> int:
    raise NoAnswerError("the host is forbidden", retryable=False)


def floods(receive: Receive) -> int:
    while receive(b" " * 2**20):
        pass
    return 200


def transport(*steps: Step) -> tuple[Transport, ScriptedClient]:
    http = ScriptedClient(*steps)
    return Transport(Account(ENDPOINT, KEY), http, retry_policy.RetryPolicy(ConcurrencyLimiter(1))), http


def test_a_retry_uses_what_settle_finds_instead_of_sending_the_call_again() -> None:
    calls, http = transport(is_silent, answers(FOUND))
    assert calls.call(CREATE_CONTEXT, {"name": "data"}, settle=lambda: "settled") == "settled"
    assert len(http.requests) == 1


def test_a_retry_sends_the_call_again_if_settle_finds_nothing() -> None:
    calls, http = transport(is_silent, answers(FOUND))
    assert calls.call(CREATE_CONTEXT, {"name": "data"}, settle=lambda: None).context.id == "SdkCtx-1"
    assert len(http.requests) == 2


def test_an_unsafe_call_is_never_sent_again_without_settle() -> None:
    calls, http = transport(is_silent)
    with pytest.raises(errors.UnreachableError):
        calls.call(CREATE_CONTEXT, {"name": "data"})
    assert len(http.requests) == 1


def test_a_delete_that_finds_nothing_succeeds_on_its_second_attempt_only() -> None:
    calls, _ = transport(is_silent, answers(ABSENT, 404))
    assert calls.call(DELETE_CONTEXT, {"id": "SdkCtx-1"}) == DELETE_CONTEXT.read(SUCCESS)
    calls, http = transport(answers(ABSENT, 404))
    with pytest.raises(errors.NotFoundError):
        calls.call(DELETE_CONTEXT, {"id": "SdkCtx-1"})
    assert len(http.requests) == 1


def test_a_delete_that_finds_nothing_reads_the_envelope_of_a_success() -> None:
    read = []
    operation = Operation("DeleteContext", "POST", read.append, "delete", idempotent=True, not_found_is_success=True)
    calls, _ = transport(is_silent, answers(ABSENT, 404))
    calls.call(operation, {})
    assert read == [SUCCESS]


def test_each_attempt_is_logged_with_its_number(calls: list[LoggedCall]) -> None:
    sent, _ = transport(is_silent, answers(FOUND))
    sent.call(GET_CONTEXT_BY_ID, {"id": "SdkCtx-1"})
    sent.once(GET_CONTEXT_BY_ID, {"id": "SdkCtx-1"})
    assert [line.partition("attempt ")[2][:1] for line in calls] == ["1", "2", "1"]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (is_refused, errors.UnreachableError),
        (answers({"neither": "nor"}, 404), errors.UnreachableError),
        (answers({"success": True, "data": 7}), errors.UnreachableError),
        (answers({"success": False, "code": "InternalError"}, 500), errors.UnreachableError),
        (answers({"success": False, "code": "Invalid", "message": "no"}, 400), errors.RequestRejectedError),
    ],
    ids=["no answer", "another site", "an invalid result", "a failure", "a rejection"],
)
def test_an_error_names_the_call_and_where_the_server_is_at_fault_the_endpoint(
    step: Step, error: type[errors.AGBError]
) -> None:
    calls, _ = transport(step)
    with pytest.raises(error) as caught:
        calls.once(GET_CONTEXT_BY_NAME, {"name": "data"})
    assert "get context 'data'" in str(caught.value)
    assert (ENDPOINT in str(caught.value)) is (error is errors.UnreachableError)


def test_a_refused_address_is_not_tried_again() -> None:
    calls, http = transport(is_refused)
    with pytest.raises(errors.UnreachableError):
        calls.call(GET_CONTEXT_BY_ID, {"id": "SdkCtx-1"})
    assert len(http.requests) == 1


def test_a_response_above_the_limit_is_an_error_and_not_requested_again() -> None:
    calls, http = transport(floods)
    with pytest.raises(errors.UnreachableError, match=causes.TOO_LARGE) as caught:
        calls.call(GET_CONTEXT_BY_ID, {"id": "SdkCtx-1"})
    assert caught.value.retryable is False
    assert len(http.requests) == 1


def test_a_request_escapes_its_arguments_and_forbids_resending_where_the_operation_does() -> None:
    calls, http = transport(answers(FOUND))
    calls.once(CREATE_CONTEXT, {"name": "X/é"})
    calls.once(GET_CONTEXT_BY_ID, {"id": "SdkCtx-1"})
    assert [request.url for request in http.requests] == [
        f"{ENDPOINT}/sdk/GetContext?name=X%2F%C3%A9",
        f"{ENDPOINT}/sdk/GetContext?id=SdkCtx-1",
    ]
    assert [request.once for request in http.requests] == [True, False]
