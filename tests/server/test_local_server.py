"""Tests of the server as a test tool: fixture, request log, file access, control endpoint and command line."""

from __future__ import annotations

import base64
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_agbcontext.testing.server import LocalServer, RequestRecord

from .api import Api


def test_the_log_lists_requests_in_order_without_secrets(api: Api, agb_server: LocalServer) -> None:
    context_id = api.create("memory")
    api.upload(context_id, "/f", b"content")
    assert api.get(api.download_url(context_id, "/f")).content == b"content"
    api.refusal("DeleteContext", id="SdkCtx-0")
    reported = [(record.operation, record.path, record.size, record.status) for record in agb_server.requests]
    assert reported == [
        ("GetContext", "", 0, 200),
        ("GetContextFileUploadUrl", "/f", 0, 200),
        ("Upload", "/f", 7, 200),
        ("GetContextFileDownloadUrl", "/f", 0, 200),
        ("Download", "/f", 7, 200),
        ("DeleteContext", "", 0, 404),
    ]
    assert len({record.account for record in agb_server.requests}) == 1
    text = repr(agb_server.requests)
    assert api.key not in text
    assert "signature" not in text


def test_a_request_is_logged_while_it_is_in_progress(agb_server: LocalServer) -> None:
    agb_server.fault("ListContexts", "stall", seconds=60)
    with pytest.raises(requests.Timeout):
        requests.get(f"{agb_server.url}/sdk/ListContexts", headers={"authorization": "Bearer k"}, timeout=0.2)
    assert [(record.operation, record.status) for record in agb_server.requests] == [("ListContexts", 0)]


def test_a_reset_forgets_everything(api: Api, agb_server: LocalServer) -> None:
    agb_server.put_file(api.key, api.create("memory"), "/f", b"content")
    fault = agb_server.fault("ListContexts", "status", status=500)
    agb_server.reset()
    assert agb_server.contexts(api.key) == agb_server.requests == agb_server.faults == []
    assert api.call("ListContexts")[0] == 200
    assert fault.consumed == 0


def test_a_reset_takes_no_time(api: Api, agb_server: LocalServer) -> None:
    def seconds() -> float:
        context_id = api.create("memory")
        for number in range(200):
            agb_server.put_file(api.key, context_id, f"/{number}", b"%d" % number)
        start = time.monotonic()
        agb_server.reset()
        return time.monotonic() - start

    assert min(seconds() for _ in range(3)) < 0.05  # other tests run at the same time


def test_files_can_be_written_and_removed_directly_on_the_server(api: Api, agb_server: LocalServer) -> None:
    context_id = api.create("memory")
    agb_server.put_file(api.key, context_id, "/f", b"content")
    assert api.listing(context_id) == {"/f": 7}
    agb_server.remove_file(api.key, context_id, "/f")
    assert api.listing(context_id) == {}
    with pytest.raises(KeyError):
        agb_server.remove_file(api.key, context_id, "/f")
    with pytest.raises(KeyError):
        agb_server.put_file("another-key", context_id, "/f", b"content")
    with pytest.raises(ValueError, match="absolute"):
        agb_server.put_file(api.key, context_id, "f", b"content")
    assert [record.operation for record in agb_server.requests] == ["GetContext"] + ["DescribeContextFiles"] * 2


def test_a_failure_inside_the_server_is_answered_cleanly_and_reaches_the_test() -> None:
    with LocalServer() as server, Api(server.url) as api:
        server._app.operations.perform = None  # no request can cause this failure
        assert api.refusal("ListContexts") == (500, "InternalError")
        with pytest.raises(RuntimeError, match="failed 1 times, first: TypeError"):
            server.check()


THE_SERVER_FAILS = """
import urllib.error, urllib.request

def test_nothing_wrong(agb_server):
    assert agb_server.contexts("k") == []

def test_the_server_fails(agb_server):
    agb_server._app.operations.perform = None
    request = urllib.request.Request(agb_server.url + "/sdk/ListContexts", headers={"authorization": "Bearer k"})
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        error.close()
"""


def test_the_fixture_fails_a_test_in_which_the_server_failed(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(THE_SERVER_FAILS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed, 1 error" in done.stdout
    assert "The local server failed 1 times" in done.stdout


def test_the_plugin_alone_does_not_load_the_server() -> None:
    code = (
        "import sys, pulumi_agbcontext.testing.pytest_plugin;"
        "sys.exit(any(name in sys.modules for name in ('uvicorn', 'starlette', 'sqlite3')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_two_servers_share_no_data() -> None:
    with LocalServer() as one, LocalServer() as two, Api(one.url) as first, Api(two.url) as second:
        first.create("memory")
        assert second.data("ListContexts") == []


def test_there_is_no_control_endpoint_by_default(agb_server: LocalServer) -> None:
    assert requests.post(f"{agb_server.url}/control/reset", json={}, timeout=10).status_code == 404


class Control:
    """Client of the control endpoint of a server in another process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, name: str, **arguments: Any) -> Any:
        """Call an operation, which must succeed."""
        answer = requests.post(f"{self.url}/control/{name}", json=arguments, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def served() -> Iterator[str]:
    """Return the URL of a server in another process that has a control endpoint."""
    with started("--control", "--clear-seconds", "0.1") as process:
        yield url_of(process)


def started(*options: str) -> subprocess.Popen[str]:
    """Start a server in another process."""
    command = [sys.executable, "-m", "pulumi_agbcontext.testing", "serve", *options]
    return ServerProcess(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class ServerProcess(subprocess.Popen[str]):
    """A process that is stopped at the end of its `with` block."""

    def __exit__(self, *error: Any) -> None:
        self.terminate()
        super().__exit__(*error)


def url_of(process: subprocess.Popen[str]) -> str:
    """Return the URL from the first line that the process prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.fullmatch(r"listening on (http://127\.0\.0\.1:[0-9]+)\n", line)
    assert match, (line, process.stderr.read() if process.stderr else "")
    return match[1]


def test_a_server_in_another_process_can_be_controlled_completely(served: str) -> None:
    control = Control(served)
    with Api(served) as api:
        context_id = api.create("memory")
        content = base64.b64encode(b"content").decode()
        control("put-file", api_key=api.key, context_id=context_id, path="/f", content=content)
        assert control("files", api_key=api.key, context_id=context_id) == {"/f": content}
        control("remove-file", api_key=api.key, context_id=context_id, path="/f")
        control("set-state", context_id=context_id, state="in-use")
        assert [context["state"] for context in control("contexts", api_key=api.key)] == ["in-use"]
        fault = control("fault", operation="ListContexts", kind="status", status=429, headers={"Retry-After": "1"})
        assert (fault["kind"], fault["consumed"]) == ("status", 0)
        assert api.call("ListContexts")[0] == 429
        assert [fault["consumed"] for fault in control("faults")] == [1]
        control("behave", page_limit=1)
        assert api.call("ListContexts")[1]["maxResults"] == 1
        records = [RequestRecord(**record) for record in control("requests")]
        assert [record.operation for record in records] == ["GetContext", "ListContexts", "ListContexts"]
        control("reset")
        assert control("requests") == []
        assert api.call("ListContexts")[1]["maxResults"] == 10


def test_an_invalid_control_request_is_refused_with_the_reason(served: str) -> None:
    for name, arguments in (
        ("behave", {"typo": 1}),
        ("fault", {"operation": "GetContext", "kind": "explode"}),
        ("fault", {}),
        ("put-file", {"api_key": "k", "context_id": "c", "path": "/f", "content": "%%%"}),
        ("put-file", {"api_key": "k", "context_id": "c", "path": "/f", "content": ""}),
    ):
        answer = requests.post(f"{served}/control/{name}", json=arguments, timeout=10)
        assert answer.status_code == 400
        assert answer.json()["error"]
    for body in (b"[]", b"{", b"1", b"\xff", b"[" * 5000):
        assert requests.post(f"{served}/control/behave", data=body, timeout=10).status_code == 400


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_prints_one_line_and_stops_cleanly_on_a_signal(number: signal.Signals) -> None:
    with started() as process:
        url = url_of(process)
        with requests.Session() as session:  # a kept-alive connection must not delay the shutdown
            assert session.get(f"{url}/health", timeout=10).status_code == 200
            process.send_signal(number)
            assert process.communicate(timeout=5) == ("", "")
        assert process.returncode == 0


def _refusal(*options: str) -> str:
    """Return the text that `serve` prints if it cannot start."""
    with started(*options) as process:
        output, errors = process.communicate(timeout=20)
        assert (process.returncode, output) == (1, "")
        return str(errors)


def test_serve_on_a_port_that_is_in_use_fails_with_one_line() -> None:
    with LocalServer() as server:
        port = server.url.rpartition(":")[2]
        reason = f"port {port} is already in use. Choose another `--port`."
        assert _refusal("--port", port) == f"Could not start the local Context API: {reason}\n"


def test_serve_on_a_port_that_does_not_exist_fails_with_one_line() -> None:
    reason = "`port` must be a number from 0 to 65535, got 99999."
    assert _refusal("--port", "99999") == f"Could not start the local Context API: {reason}\n"
    with pytest.raises(ValueError, match="from 0 to 65535, got -1"):
        LocalServer(port=-1)


def test_serve_with_data_in_a_file_fails_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    reason = f"{tmp_path / 'data'} cannot be used (File exists). Choose another `--data` directory."
    assert _refusal("--data", str(tmp_path / "data")) == f"Could not start the local Context API: {reason}\n"


def test_serve_has_options_for_realistic_behavior(tmp_path: Path) -> None:
    options = ("--page-limit", "3", "--data", str(tmp_path / "new" / "folder"))
    with started(*options) as process, Api(url_of(process)) as api:
        assert api.call("ListContexts")[1]["maxResults"] == 3
    with started("--latency", "-1") as process:
        assert process.wait(timeout=20) == 1


def test_the_server_listens_on_loopback_only(agb_server: LocalServer) -> None:
    port = int(agb_server.url.rpartition(":")[2])
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    ]
    assert set(listening) <= {f"0100007F:{port:04X}", f"00000000000000000000000001000000:{port:04X}"}
    assert listening
