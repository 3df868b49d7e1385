"""Tests that acknowledged data survives every kind of shutdown and that unacknowledged data never appears."""

from __future__ import annotations

import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from pulumi_agbcontext.testing.server import LocalServer
from tests.processes import started

from .api import Api


@pytest.fixture(params=["memory", "folder"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalServer]:
    """Return a server of each kind."""
    with LocalServer(data=":memory:" if request.param == "memory" else tmp_path) as server:
        yield server
        server.check()


@pytest.fixture
def local(server: LocalServer) -> Iterator[Api]:
    """Return the server's API."""
    with Api(server.url) as driver:
        yield driver


def half_an_upload(url: str, announced: int, sent: int) -> None:
    """Announce one number of bytes, send another and close the connection."""
    parts = urlsplit(url)
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {announced}\r\n\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        connection.sendall(head.encode())
        connection.sendall(bytes(sent))


@pytest.mark.parametrize(("announced", "sent"), [(10, 0), (10, 9), (5_000_000, 4_999_999)])
def test_a_short_body_stores_nothing(local: Api, server: LocalServer, announced: int, sent: int) -> None:
    context_id = local.create("memory")
    local.upload(context_id, "/f", b"before")
    half_an_upload(local.upload_url(context_id, "/f"), announced, sent)
    local.upload(context_id, "/g", b"after")
    assert server.files(local.key, context_id) == {"/f": b"before", "/g": b"after"}


def test_an_upload_without_a_length_is_refused(local: Api, server: LocalServer) -> None:
    context_id = local.create("memory")
    answer = local.session.put(local.upload_url(context_id, "/f"), data=iter([b"a", b"b"]), timeout=10)
    assert answer.status_code == 411
    assert server.files(local.key, context_id) == {}


def test_an_invalid_content_length_is_refused(local: Api, server: LocalServer) -> None:
    context_id = local.create("memory")
    parts = urlsplit(local.upload_url(context_id, "/f"))
    for lengths in ("Content-Length: -1", "Content-Length: x", "Content-Length: 1\r\nContent-Length: 2"):
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lengths}\r\n\r\nab"
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert server.files(local.key, context_id) == {}


def test_content_stored_under_several_paths_is_kept_until_the_last_path_is_deleted(
    local: Api, server: LocalServer
) -> None:
    context_id, other_id = local.create("memory"), local.create("other")
    for path in ("/f", "/g"):
        local.upload(context_id, path, b"content")
    local.upload(other_id, "/f", b"content")
    local.upload(context_id, "/f", b"new")
    local.data("DeleteContextFile", contextId=context_id, filePath="/g")
    assert server.files(local.key, other_id) == {"/f": b"content"}
    local.data("DeleteContext", id=context_id)
    assert server.files(local.key, other_id) == {"/f": b"content"}


def test_a_running_download_is_not_torn_by_an_overwrite(local: Api, server: LocalServer) -> None:
    context_id = local.create("memory")
    before = b"1" * 20_000_000
    local.upload(context_id, "/f", before)
    with local.session.get(local.download_url(context_id, "/f"), stream=True, timeout=10) as answer:
        local.upload(context_id, "/f", b"2" * 20_000_000)
        assert answer.content == before


def test_concurrent_writers_of_one_path_leave_one_complete_content(local: Api, server: LocalServer) -> None:
    context_id = local.create("memory")
    url = local.upload_url(context_id, "/f")
    contents = [bytes([number]) * 300_000 for number in range(8)]
    threads = [
        threading.Thread(target=requests.put, args=(url,), kwargs={"data": body, "timeout": 20}) for body in contents
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        answer = local.get(local.download_url(context_id, "/f"))
        assert answer.status_code == 404 or answer.content in contents
    assert server.files(local.key, context_id)["/f"] in contents


def test_a_restart_keeps_contexts_files_clears_and_urls(tmp_path: Path) -> None:
    with LocalServer(data=tmp_path, clear_stuck=True) as server, Api(server.url) as api:
        context_id, cleared = api.create("memory", loginRegionId="cn-shanghai"), api.create("cleared")
        api.upload(context_id, "/f", b"content")
        api.data("ClearContext", id=cleared)
        url = api.download_url(context_id, "/f")
        before = api.data("GetContext", id=context_id), api.data("DescribeContextFiles", contextId=context_id)
        port = int(server.url.rpartition(":")[2])
    with LocalServer(data=tmp_path, port=port) as server, Api(server.url) as api:
        assert before == (
            api.data("GetContext", id=context_id),
            api.data("DescribeContextFiles", contextId=context_id),
        )
        assert api.data("GetContext", name="memory", loginRegionId="cn-shanghai")["id"] == context_id
        assert api.state(cleared) == "clearing"
        assert api.get(url).content == b"content"


def test_data_in_memory_is_lost_with_its_server_and_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with LocalServer() as server, Api(server.url) as api:
        context_id = api.create("memory")
        api.upload(context_id, "/small", b"content")
        assert list(tmp_path.iterdir()) == []
        api.upload(context_id, "/big", bytes(2_000_000))
        assert server.files(api.key, context_id)["/big"] == bytes(2_000_000)
    assert list(tmp_path.iterdir()) == []


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with LocalServer(data=tmp_path), pytest.raises(RuntimeError, match="another server"):
        LocalServer(data=tmp_path).start()


def contents_on_disk(directory: Path) -> set[str]:
    """Return all files in a data directory except the database."""
    return {
        path.name for path in directory.rglob("*") if path.is_file() and not path.name.startswith("contexts.sqlite3")
    }


def test_unreferenced_contents_are_deleted_from_disk(tmp_path: Path) -> None:
    with LocalServer(data=tmp_path, clear_seconds=0) as server, Api(server.url) as api:
        context_id = api.create("memory")
        for number in range(5):
            api.upload(context_id, f"/{number}", b"%d" % number)
        assert len(contents_on_disk(tmp_path)) == 5
        api.upload(context_id, "/0", b"new")
        api.data("DeleteContextFile", contextId=context_id, filePath="/1")
        assert len(contents_on_disk(tmp_path)) == 4
        api.data("ClearContext", id=context_id)
        assert api.state(context_id) == "available"
    assert contents_on_disk(tmp_path) == set()


def test_incomplete_files_of_a_killed_server_are_removed(tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "half").write_bytes(b"half")
    (tmp_path / "blobs" / "ab").mkdir(parents=True)
    (tmp_path / "blobs" / "ab" / ("ab" * 32)).write_bytes(b"not acknowledged")
    with LocalServer(data=tmp_path):
        assert contents_on_disk(tmp_path) == set()


def test_a_path_never_escapes_the_data_directory(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    with LocalServer(data=data) as server, Api(server.url) as api:
        context_id = api.create("../../../escape")
        for path in ("/..%2f..%2fescape", "/..\\..\\escape", "/%2e%2e/escape", "/etc/passwd", f"/{tmp_path}"[1:]):
            api.upload(context_id, path, path.encode())
    assert {path.name for path in tmp_path.iterdir()} == {"deep"}
    assert {path.name for path in data.parent.iterdir()} == {"data"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", name) for name in contents_on_disk(data))


def test_an_acknowledged_upload_survives_kill_9(tmp_path: Path) -> None:
    acknowledged: dict[str, bytes] = {}
    command = [sys.executable, "-m", "pulumi_agbcontext.testing", "serve", "--data", str(tmp_path)]
    for turn in range(3):
        with started(command) as process:
            assert process.stdout is not None
            api = Api(process.stdout.readline().split()[-1])
            with api.session:
                context_id = api.create("memory")
                killer = threading.Timer(0.3, process.send_signal, [signal.SIGKILL])
                killer.start()
                upload_until_the_end(api, context_id, turn, acknowledged)
                killer.join()
    with LocalServer(data=tmp_path) as server:
        held = server.files(api.key, context_id)
        assert len(acknowledged) > 3
        assert acknowledged.items() <= held.items()
        assert all(content == Path(path).name.encode() * 1000 for path, content in held.items())


def upload_until_the_end(api: Api, context_id: str, turn: int, acknowledged: dict[str, bytes]) -> None:
    """Upload one file after another until the server stops."""
    for number in range(100_000):
        content = f"{turn}-{number}".encode() * 1000
        try:
            api.upload(context_id, f"/{turn}/{turn}-{number}", content)
        except requests.ConnectionError:
            return
        acknowledged[f"/{turn}/{turn}-{number}"] = content
