"""Tests that an error describes the response that caused it: status, code, request id and retry time."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client.api.models import Context, ContextResult
from pulumi_agbcontext.client.api.responses import Answer, about, understand
from pulumi_agbcontext.client.http import Response

ENDPOINT = "http://127.0.0.1:9"
ACTION = "list contexts"


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    """Return a response with a body, which is JSON unless it is bytes."""
    message = http.client.HTTPMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Answer(Response(status, lambda: message), body if isinstance(body, bytes) else json.dumps(body).encode())


def refused(given: Answer) -> errors.AGBError:
    with pytest.raises(errors.AGBError) as caught:
        understand(given, ACTION, ENDPOINT)
    return caught.value


def facts(error: errors.AGBError) -> tuple[Any, ...]:
    return type(error), error.http_status, error.code, error.request_id, error.retry_after, error.retryable


PROXY = {"x_request_id": "r-7", "retry_after": "3"}


@pytest.mark.parametrize(
    ("status", "kind", "wait", "retryable"),
    [
        (401, errors.AuthenticationError, None, False),
        (403, errors.AuthenticationError, None, False),
        (429, errors.ThrottledError, 3.0, True),
        (502, errors.UnreachableError, 3.0, True),
        (404, errors.UnreachableError, 3.0, False),
        (200, errors.UnreachableError, 3.0, True),
    ],
)
def test_a_response_that_is_not_from_the_api_is_an_error(
    status: int, kind: type[errors.AGBError], wait: float | None, retryable: bool
) -> None:
    error = refused(answer(status, b"<html>", **PROXY))
    assert facts(error) == (kind, status, "", "r-7", wait, retryable)
    assert ACTION in str(error)
    assert (ENDPOINT in str(error)) == (kind is errors.UnreachableError)


@pytest.mark.parametrize(
    ("status", "envelope", "kind", "code"),
    [
        (429, {"code": "Throttling.User"}, errors.ThrottledError, "Throttling.User"),
        (500, {"code": "InternalError"}, errors.UnreachableError, "InternalError"),
        (400, {"code": "InvalidParameter"}, errors.RequestRejectedError, "InvalidParameter"),
        (403, {"code": "Forbidden"}, errors.AuthenticationError, "Forbidden"),
    ],
)
def test_a_failure_of_the_api_is_an_error_with_its_details(
    status: int, envelope: dict[str, Any], kind: type[errors.AGBError], code: str
) -> None:
    body = {**envelope, "success": False, "message": "because", "requestId": "r-8"}
    error = refused(answer(status, body, retry_after="2"))
    assert isinstance(error, kind)
    assert facts(error)[1:4] == (status, code, "r-8")
    assert error.retryable == (kind in (errors.ThrottledError, errors.UnreachableError))
    assert error.retry_after == (2.0 if error.retryable else None)
    assert "because" in str(error)
    assert ACTION in str(error)
    assert (ENDPOINT in str(error)) == (kind is errors.UnreachableError)


def test_a_failure_under_status_200_has_the_status_in_its_envelope() -> None:
    assert refused(answer(200, {"success": False, "code": "X", "httpStatusCode": 409})).http_status == 409
    assert refused(answer(200, {"success": False, "code": "X"})).http_status == 200


@pytest.mark.parametrize(
    ("by_name", "subject"), [(True, "Could not get context 'wanted': "), (False, "Could not get context wanted: ")]
)
def test_a_response_about_another_context_is_an_error_that_is_not_retried(by_name: bool, subject: str) -> None:
    other = ContextResult("r-9", success=True, context_id="other", context=Context(id="other", name="other"))
    with pytest.raises(errors.UnreachableError) as caught:
        about("wanted", other, ENDPOINT, by_name=by_name)
    assert str(caught.value).startswith(subject)
    assert ENDPOINT in str(caught.value)
    assert facts(caught.value)[3:] == ("r-9", None, False)


def test_a_response_without_a_context_is_about_another_one() -> None:
    with pytest.raises(errors.UnreachableError):
        about("wanted", ContextResult("r-9", success=True), ENDPOINT, by_name=True)
