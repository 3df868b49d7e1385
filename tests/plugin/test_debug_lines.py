"""Tests of `AGB_DEBUG=1`: one line for each request in the engine's output, through either adapter."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_agbcontext.engine_connection import EngineConnection, show_requests
from pulumi_agbcontext.messages.log import REQUESTS
from pulumi_agbcontext.testing.server import LocalServer

from .cli import Program, on_the_cli
from .conftest import KEY
from .stage import Stage

ENGINES = ["test", pytest.param("cli", marks=on_the_cli)]
LINE = re.compile(r"(\w+) (\d{3}|failed \(.+?\)), \d+ ms, attempt (\d+), request id (\S+)")
FILES = {"/a": "canary-content-4711", "/b": "canary-content-4711"}
HOSTILE = "id\r\n<{%reset%}><{%fg nothing%}>\x1b[31m\u2028 https://h/?signature=canary-signature"


@pytest.fixture
def account(agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    agb_server.behave(clear_seconds=0.1)
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    monkeypatch.delenv("AGB_DEBUG", raising=False)


@pytest.fixture(params=["dynamic", "plugin"])
def adapter(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def requests_logger() -> Iterator[logging.Logger]:
    """Return the logger of requests, and restore it after the test."""
    logger = logging.getLogger(REQUESTS)
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def shown(stage: Stage, command: str, **resources: object) -> str:
    """Run a command and return the diagnostics that it prints at the end."""
    if resources:
        (stage.directory / "wanted.json").write_text(json.dumps({"adapter": stage.adapter, "resources": resources}))
    result = getattr(stage._stack, command)()
    return str(result.stdout + result.stderr).rpartition("Diagnostics:")[2]  # the CLI also shows each line live


@pytest.mark.parametrize("engine", ENGINES)
def test_each_request_is_a_line_of_the_engines_output(
    engine: str,
    adapter: str,
    account: None,
    agb_server: LocalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGB_DEBUG", "1")
    stage = Stage(tmp_path, engine, adapter, agb_server)
    agb_server.fault("GetContextFileUploadUrl", "status", status=503, path="/a")
    agb_server.fault("Upload", "status", status=500, path="/b")
    program = {"name": "data", "files": FILES}
    since, text = 0, ""
    for command, resources in (("up", {"data": program}), ("refresh", {}), ("destroy", {})):
        text = shown(stage, command, **resources)
        records, lines = agb_server.requests[since:], LINE.findall(text)
        assert sorted(line[0] for line in lines) == sorted(record.operation for record in records), text
        assert KEY not in text
        assert "canary-content" not in text
        assert "http" not in text.replace("https://www.pulumi.com", "")
        if command == "up":
            attempts = {(operation, outcome.split()[0], attempt) for operation, outcome, attempt, _ in lines}
            assert {("GetContextFileUploadUrl", "503", "1"), ("GetContextFileUploadUrl", "200", "2")} <= attempts
            assert {("Upload", "500", "1"), ("Upload", "200", "2")} <= attempts
        since = len(agb_server.requests)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hostile_request_id_neither_ends_the_line_nor_reaches_the_terminal(
    engine: str,
    adapter: str,
    account: None,
    agb_server: LocalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGB_DEBUG", "1")
    stage = Stage(tmp_path, engine, adapter, agb_server)
    answer = {"success": False, "code": "Context.NotFound", "requestId": f"{HOSTILE} {KEY}"}
    agb_server.fault("GetContext", "answer", status=404, content=json.dumps(answer))
    text = shown(stage, "up", data={"name": "data"})
    [line] = [line for line in text.splitlines() if "GetContext 404" in line]
    assert line.endswith("https://h/?… …")
    for never in (KEY, "canary-signature", "\x1b[31m", "\u2028"):
        assert never not in text
    if engine == "test":  # the CLI removes the directives that it supports
        assert "< {%reset%} >" in line


@pytest.mark.parametrize("value", [None, "", "0", "false", "False", " 0 "])
def test_without_agb_debug_no_request_is_shown(
    value: str | None,
    adapter: str,
    account: None,
    agb_server: LocalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if value is not None:
        monkeypatch.setenv("AGB_DEBUG", value)
    text = shown(Stage(tmp_path, "test", adapter, agb_server), "up", data={"name": "data", "files": FILES})
    assert agb_server.requests
    assert LINE.findall(text) == []


def test_the_functions_of_a_program_show_their_requests_too(
    account: None, agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_DEBUG", "1")
    stage = Stage(tmp_path, "test", "dynamic", agb_server)
    (stage.directory / "__main__.py").write_text("import pulumi_agbcontext as agb\nagb.list_contexts()\n")
    lines = LINE.findall(shown(stage, "up"))
    assert [line[0] for line in lines] == ["ListContexts"]


@pytest.mark.parametrize("engine", [pytest.param("cli", marks=on_the_cli)])
def test_the_verbose_log_of_pulumi_contains_secrets_as_the_documentation_warns(engine: str, program: Program) -> None:
    program.write(
        "python",
        python="""
        agb.Context("data", name="data", secret_files={"/s": pulumi.Output.secret("canary-content-4711")})
        """,
    )
    program.run("config", "set", "--secret", "agbcontext:apiKey", "canary-key-4711")
    program.environment["AGB_API_KEY"] = "canary-key-of-the-environment"
    text = program.run("preview", "-v=9", "--logtostderr")
    assert "canary-key-4711" in text
    assert "canary-content-4711" in text
    assert "canary-key-of-the-environment" not in text


def test_a_process_shows_each_request_once_however_many_sessions_it_opens(
    requests_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_DEBUG", "1")
    lines: list[str] = []
    openings = [threading.Thread(target=show_requests, args=(lines.append,)) for _ in range(20)]
    for opening in openings:
        opening.start()
    for opening in openings:
        opening.join()
    requests_logger.debug("GetContext %d", 200)
    assert lines == ["GetContext 200"]


def test_a_line_that_cannot_be_shown_fails_nothing_and_is_logged_once(
    requests_logger: logging.Logger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_DEBUG", "1")
    caplog.set_level(logging.DEBUG, "pulumi_agbcontext")

    def closed(line: str) -> None:
        raise ValueError(f"Cannot invoke RPC on closed channel: {line}")

    show_requests(closed)
    requests_logger.debug("GetContext %d", 200)
    assert [record.getMessage() for record in caplog.records if record.name == "pulumi_agbcontext"] == [
        "The engine did not accept a message: ValueError"
    ]


def test_a_killed_engine_fails_no_request(
    requests_logger: logging.Logger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_DEBUG", "1")
    caplog.set_level(logging.DEBUG, "pulumi_agbcontext")
    show_requests(EngineConnection("127.0.0.1:1").show_info)
    requests_logger.debug("GetContext %d", 200)
    assert "The engine did not accept a message" in caplog.text


def test_threads_do_not_wait_for_each_others_lines(
    requests_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cover uploads from up to 128 threads: a line from each must not wait for those of all others."""
    monkeypatch.setenv("AGB_DEBUG", "1")
    together = threading.Barrier(8)
    show_requests(lambda line: together.wait(timeout=5) and None)
    threads = [threading.Thread(target=requests_logger.debug, args=("Upload 200",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not together.broken
