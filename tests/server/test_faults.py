"""Tests of scripted faults: each has the documented effect on the intended request and counts its uses."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import pytest
import requests

from pulumi_agbcontext.testing.server import LocalServer

from .api import Api


@pytest.fixture
def context_id(api: Api) -> str:
    """Return the id of a context that contains one file."""
    context_id = api.create("memory")
    api.upload(context_id, "/f", b"content")
    return context_id


def test_a_fault_affects_the_intended_request_and_counts_it(api: Api, agb_server: LocalServer) -> None:
    fault = agb_server.fault("GetContext", "status", occurrence=2, times=2, status=503)
    statuses = []
    for _ in range(4):
        api.data("ListContexts")
        statuses.append(api.call("GetContext", name="memory", allowCreate="true")[0])
        statuses.append(fault.consumed)
    assert statuses == [200, 0, 503, 1, 503, 2, 200, 2]


def test_a_fault_can_be_limited_to_one_file(api: Api, agb_server: LocalServer, context_id: str) -> None:
    fault = agb_server.fault("Upload", "status", path="/g", status=500)
    assert api.put(api.upload_url(context_id, "/f"), b"other").status_code == 200
    assert api.put(api.upload_url(context_id, "/g"), b"other").status_code == 500
    assert fault.consumed == 1
    assert agb_server.files(api.key, context_id) == {"/f": b"other"}


def test_a_total_outage_affects_every_operation(api: Api, agb_server: LocalServer) -> None:
    fault = agb_server.fault("*", "status", times=1000, status=502, body="html")
    headers = {"authorization": f"Bearer {api.key}"}
    for operation in ("ListContexts", "GetContext"):
        assert api.session.get(f"{api.url}/sdk/{operation}", headers=headers, timeout=10).status_code == 502
    assert fault.consumed == 2


def test_if_two_faults_match_a_request_the_first_one_applies(api: Api, agb_server: LocalServer) -> None:
    first = agb_server.fault("ListContexts", "status", status=500)
    second = agb_server.fault("ListContexts", "status", status=503, times=2)
    assert [api.call("ListContexts")[0] for _ in range(3)] == [500, 503, 200]
    assert (first.consumed, second.consumed) == (1, 1)


def test_an_unknown_operation_is_refused_with_the_known_ones(agb_server: LocalServer) -> None:
    with pytest.raises(
        ValueError, match=r"^Unknown operation 'UploadFile'\. Use one of: .*GetContext,.*, Upload, .*\*\.$"
    ):
        agb_server.fault("UploadFile", "status")
    assert agb_server.faults == []


def test_an_unknown_kind_is_refused_with_the_known_ones(agb_server: LocalServer) -> None:
    with pytest.raises(ValueError, match=r"^Unknown kind of fault 'explode'\. Use one of: status, .*, stall, .*\.$"):
        agb_server.fault("GetContext", "explode")
    assert agb_server.faults == []


def test_an_unknown_parameter_is_refused_with_the_known_ones(agb_server: LocalServer) -> None:
    with pytest.raises(
        ValueError, match=r"^Unknown parameter 'minutes' of a fault of kind stall\. Use one of: seconds\.$"
    ):
        agb_server.fault("GetContext", "stall", minutes=1)
    with pytest.raises(ValueError, match=r"^Unknown parameter 'code' of a fault of kind empty, which takes none\.$"):
        agb_server.fault("GetContext", "empty", code=1)


@pytest.mark.parametrize("count", ["occurrence", "times"])
def test_a_fault_that_no_request_could_match_is_refused(agb_server: LocalServer, count: str) -> None:
    with pytest.raises(ValueError, match=f"^`{count}` must be at least 1, got 0"):
        agb_server.fault("GetContext", "stall", **{count: 0})


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 501, 502, 503, 504])
@pytest.mark.parametrize("body", ["json", "html", "empty"])
def test_a_status_fault_answers_without_any_effect(api: Api, agb_server: LocalServer, status: int, body: str) -> None:
    fault = agb_server.fault("GetContext", "status", status=status, body=body, headers={"Retry-After": "1"})
    arguments = {"name": "memory", "allowCreate": "true"}
    headers = {"authorization": f"Bearer {api.key}"}
    answer = api.session.get(f"{api.url}/sdk/GetContext", params=arguments, headers=headers, timeout=10)
    assert (answer.status_code, answer.headers["retry-after"], fault.consumed) == (status, "1", 1)
    assert {"json": b'{"requestId"', "html": b"<!DOCTYPE ht", "empty": b""}[body] == answer.content[:12]
    assert agb_server.contexts(api.key) == []


def test_a_failure_body_comes_with_http_200(api: Api, agb_server: LocalServer, context_id: str) -> None:
    agb_server.fault("DeleteContext", "failure_body", code="Throttling", message="Slow down.")
    status, body = api.call("DeleteContext", id=context_id)
    assert (status, body["success"], body["code"], body["message"]) == (200, False, "Throttling", "Slow down.")
    assert len(agb_server.contexts(api.key)) == 1


def test_a_response_can_be_scripted_exactly(api: Api, agb_server: LocalServer) -> None:
    agb_server.fault("ListContexts", "answer", content='{"success": true, "data": {"nextToken": "t"}}')
    assert api.call("ListContexts") == (200, {"success": True, "data": {"nextToken": "t"}})


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_middle", "answer_lost"])
def test_an_upload_with_a_broken_connection_is_stored_only_if_the_response_alone_is_lost(
    api: Api, agb_server: LocalServer, context_id: str, kind: str
) -> None:
    fault = agb_server.fault("Upload", kind)
    with pytest.raises(requests.ConnectionError):
        api.put(api.upload_url(context_id, "/g"), b"x" * 3_000_000)
    assert fault.consumed == 1
    assert agb_server.requests[-1].status == 0
    assert ("/g" in agb_server.files(api.key, context_id)) == (kind == "answer_lost")
    assert api.put(api.upload_url(context_id, "/g"), b"again").status_code == 200


@pytest.mark.parametrize(
    ("kind", "done"), [("reset_before", False), ("reset_after", False), ("reset_middle", True), ("answer_lost", True)]
)
def test_a_call_with_a_broken_connection_is_carried_out_only_if_the_response_alone_is_lost(
    api: Api, agb_server: LocalServer, context_id: str, kind: str, done: bool
) -> None:
    fault = agb_server.fault("DeleteContext", kind)
    with pytest.raises(requests.RequestException):
        api.call("DeleteContext", id=context_id)
    assert fault.consumed == 1
    assert (agb_server.contexts(api.key) == []) == done


def test_a_download_is_reset_in_the_middle_of_its_answer(api: Api, agb_server: LocalServer, context_id: str) -> None:
    api.upload(context_id, "/big", bytes(1_000_000))
    agb_server.fault("Download", "reset_middle")
    with (
        pytest.raises(requests.RequestException),
        api.session.get(api.download_url(context_id, "/big"), timeout=10, stream=True) as answer,
    ):
        assert answer.status_code == 200
        _ = answer.content


@pytest.mark.parametrize(
    ("kind", "content"), [("empty", b""), ("truncated_json", b'{"requestId"'), ("malformed_json", b"")]
)
def test_a_damaged_response_is_not_json_but_the_call_is_carried_out(
    api: Api, agb_server: LocalServer, context_id: str, kind: str, content: bytes
) -> None:
    agb_server.fault("DeleteContext", kind)
    headers = {"authorization": f"Bearer {api.key}"}
    answer = api.session.post(f"{api.url}/sdk/DeleteContext?id={context_id}", headers=headers, timeout=10)
    assert answer.status_code == 200
    assert answer.content.startswith(content)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert agb_server.contexts(api.key) == []


def test_a_stall_delays_the_response_but_not_the_effect(api: Api, agb_server: LocalServer) -> None:
    agb_server.fault("GetContext", "stall", seconds=0.3)
    start = time.monotonic()
    context_id = api.create("memory")
    assert time.monotonic() - start >= 0.3
    assert [context["id"] for context in agb_server.contexts(api.key)] == [context_id]


def test_a_slow_body_is_sent_byte_by_byte(api: Api, agb_server: LocalServer) -> None:
    agb_server.fault("ListContexts", "slow_body", seconds=1.0)
    headers = {"authorization": f"Bearer {api.key}"}
    start = time.monotonic()
    with api.session.get(f"{api.url}/sdk/ListContexts", headers=headers, stream=True, timeout=10) as answer:
        assert time.monotonic() - start < 0.8
        assert answer.json()["success"] is True
    assert time.monotonic() - start >= 0.9


def test_an_early_403_arrives_while_the_body_is_still_being_sent(
    api: Api, agb_server: LocalServer, context_id: str
) -> None:
    agb_server.fault("Upload", "early_403")
    url = urlsplit(api.upload_url(context_id, "/g"))
    head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 67108864\r\n\r\n"
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=10) as connection:
        connection.sendall(head.encode() + bytes(1000))
        assert connection.recv(100).startswith(b"HTTP/1.1 403")
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                connection.sendall(bytes(65536))
    assert "/g" not in agb_server.files(api.key, context_id)


def test_a_reset_interrupts_stalled_requests(agb_server: LocalServer) -> None:
    agb_server.fault("ListContexts", "stall", seconds=60)
    with socket.create_connection(("127.0.0.1", int(agb_server.url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(b"GET /sdk/ListContexts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\r\n")
        while not agb_server.requests:
            time.sleep(0.01)
        agb_server.reset()
        assert connection.recv(100) == b""
