"""Tests of the request log: one line for each request while it is enabled, and nothing while it is disabled."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.client.api import transport
from pulumi_agbcontext.messages.log import REQUESTS
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY, http, raw_server, upload

pytestmark = pytest.mark.usefixtures("http_client")

SIGNATURE = "f3b1c0ffee5157canary4711"


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Collect only the lines of the request log, as `AGB_DEBUG=1` enables them."""
    made: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            made.append(record.getMessage())

    logger, collector = logging.getLogger(REQUESTS), Collector()
    logger.addHandler(collector)
    logger.setLevel(logging.DEBUG)
    yield made
    logger.removeHandler(collector)
    logger.setLevel(logging.NOTSET)


@pytest.mark.usefixtures("quick_retries")
def test_a_line_contains_operation_outcome_milliseconds_attempt_and_request_id(
    agb_server: LocalServer, service: ContextService, context: Context, lines: list[str]
) -> None:
    agb_server.fault("GetContextFileUploadUrl", "status", status=503)
    agb_server.fault("Upload", "status", status=500)
    service.transfers.upload_many(context.id, [upload("/a", b"x")])
    forms = [
        r"GetContextFileUploadUrl 503, \d+ ms, attempt 1, request id [\w-]{36}",
        r"GetContextFileUploadUrl 200, \d+ ms, attempt 2, request id [\w-]{36}",
        r"Upload 500, \d+ ms, attempt 1, request id (\S+)",
        r"Upload 200, \d+ ms, attempt 2, request id (\S+)",
    ]
    assert len(lines) == len(forms)
    for line, form in zip(lines, forms, strict=True):
        assert re.fullmatch(form, line), line


def test_a_check_before_a_retry_is_a_separate_first_attempt(
    agb_server: LocalServer, service: ContextService, lines: list[str], quick_retries: None
) -> None:
    agb_server.fault("GetContext", "answer_lost")
    assert service.create("data").context is not None
    outcomes = [re.findall(r"^(\w+) (\d+|failed).* attempt (\d+)", line)[0] for line in lines]
    assert outcomes[0] == ("GetContext", "failed", "1")
    assert ("GetContext", "200", "1") in outcomes


def test_a_request_whose_source_changed_also_has_a_line(
    service: ContextService, context: Context, lines: list[str]
) -> None:
    changed = upload("/a", bytes(1_000_000))
    object.__setattr__(changed, "sha256", "0" * 64)
    with pytest.raises(Exception, match="changed"):
        service.transfers.upload_many(context.id, [changed])
    assert len([line for line in lines if line.startswith("Upload failed (")]) == 1


@pytest.mark.parametrize("echo", ["{}", "<{{%reset%}}>{}", "a\r\nX: {}", "https://h/?Signature={}&x=1"])
def test_a_signature_that_the_store_returns_as_request_id_is_not_shown(
    http_client: str, lines: list[str], echo: str
) -> None:
    def store(connection: object) -> None:
        header = f"x-oss-request-id: {echo.format(SIGNATURE)}"
        connection.sendall(http(b"", "200 OK", header))  # type: ignore[attr-defined]  # a socket

    with raw_server(store) as (url, _):
        service = ContextService(Account(url, KEY))
        presigned = f"{url}/object?Expires=1&OSSAccessKeyId=canary-id-4711-4711&Signature={SIGNATURE}"
        service.transfers._store.put(presigned, upload("/a", b"x"), "upload")
    [line] = lines
    assert line.startswith("Upload 200, ")
    assert SIGNATURE not in line
    assert "\n" not in line


def test_while_the_log_is_off_no_line_is_formatted_and_no_request_id_is_read(
    service: ContextService, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(transport, "redact", lambda *_arguments, **_keywords: made.append("redacted"))
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(lambda *record, **keywords: made.append(record[0]) or factory(*record, **keywords))
    try:
        service.transfers.upload_many(context.id, [upload("/a", b"x"), upload("/b", b"y")])
        service.get(context_id=context.id)
    finally:
        logging.setLogRecordFactory(factory)
    assert [one for one in made if one in ("redacted", REQUESTS)] == []


def test_while_the_log_is_on_the_same_calls_have_lines(
    service: ContextService, context: Context, lines: list[str], agb_server: LocalServer
) -> None:
    since = len(agb_server.requests)
    service.transfers.upload_many(context.id, [upload("/a", b"x"), upload("/b", b"y")])
    service.get(context_id=context.id)
    assert sorted(line.split()[0] for line in lines) == sorted(one.operation for one in agb_server.requests[since:])


def test_a_request_id_of_the_api_is_one_line_without_the_key(
    agb_server: LocalServer, service: ContextService, context: Context, lines: list[str]
) -> None:
    answer = {
        "success": True,
        "requestId": f"a\r\nb {KEY} \u2028\x1b[31m",
        "data": {"id": context.id, "name": "workspace"},
    }
    agb_server.fault("GetContext", "answer", content=json.dumps(answer))
    service.get(context_id=context.id)
    [line] = lines
    assert line.endswith("attempt 1, request id a b …  [31m")
