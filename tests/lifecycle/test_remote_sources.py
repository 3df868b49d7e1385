"""Tests of remote assets and archives: check downloads them, forbids some addresses and records no query."""

from __future__ import annotations

import http.server
import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.http import retry_policy
from pulumi_agbcontext.client.transfer import remote_files
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceKind
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import KEY, CheckFailedError, Directory, Resource
from .support import uploads

QUERY = "signature=very-secret-signature"


class Remote(http.server.ThreadingHTTPServer):
    """Another server on this machine. A test sets its responses by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def content(self, path: str, content: bytes) -> str:
        self.answers[path] = lambda handler: answer(handler, 200, content)
        return f"{self.url}{path}"

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        self.answers[path] = lambda handler: answer(handler, status, b"moved", Location=target)
        return f"{self.url}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Remote

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.requests.append((path, dict(self.headers)))
        self.server.answers.get(path, lambda handler: answer(handler, 404, b"no"))(self)

    def log_message(self, *_arguments: Any) -> None: ...


def answer(handler: http.server.BaseHTTPRequestHandler, status: int, content: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture
def remote() -> Iterator[Remote]:
    server = Remote()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def impatient(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> Resource:
    """Return a resource whose requests time out after 1.5 seconds."""
    monkeypatch.setattr(retry_policy, "_FIRST_PAUSE", 0.01)
    resource.session = type(resource.session)(
        ContextService(Account(resource.server.url, KEY, timeout=1.5)), settle_seconds=0.02
    )
    return resource


def asset(url: str) -> dict[str, str]:
    return {"/a": SourceKind.REMOTE.of(url)}


def archive(url: str) -> dict[str, str]:
    return {"/": SourceKind.REMOTE_ARCHIVE.of(url)}


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for path, data in files.items():
            written.writestr(path, data)
    return content.getvalue()


def test_a_remote_asset_is_downloaded_in_check_and_recorded_without_its_query(
    resource: Resource, remote: Remote
) -> None:
    url = remote.content("/data.bin", b"remote")
    resource.up(name="data", files=asset(f"{url}?{QUERY}"))
    assert resource.files == {"/a": b"remote"}
    assert resource.outputs["files"]["/a"].endswith(f":remote:{url}")
    assert QUERY not in json.dumps([resource.inputs, resource.outputs])
    assert {path for path, _ in remote.requests} == {"/data.bin"}


def test_no_credential_is_sent_to_a_remote_source(resource: Resource, remote: Remote) -> None:
    resource.up(name="data", files=asset(remote.content("/a", b"x")))
    for _, headers in remote.requests:
        assert KEY not in json.dumps(headers)
        assert {"authorization", "cookie", "referer"}.isdisjoint(name.lower() for name in headers)


def test_an_address_is_downloaded_once_in_a_process(resource: Resource, remote: Remote) -> None:
    url = remote.content("/a", b"x")
    files = {"/one": SourceKind.REMOTE.of(url), "/two": SourceKind.REMOTE.of(url)}
    resource.up(name="data", files=files)
    assert resource.files == {"/one": b"x", "/two": b"x"}
    assert len(remote.requests) == 1


def test_only_the_digest_decides_about_an_upload(resource: Resource, remote: Remote, agb_server: LocalServer) -> None:
    url = remote.content("/a", b"x")
    resource.up(name="data", files=asset(f"{url}?{QUERY}"))
    resource.session = type(resource.session)(ContextService(Account(agb_server.url, KEY)), settle_seconds=0.02)
    assert resource.up(name="data", files=asset(f"{url}?signature=another")) == "same"
    remote.content("/a", b"changed")
    resource.session = type(resource.session)(ContextService(Account(agb_server.url, KEY)), settle_seconds=0.02)
    since = len(agb_server.requests)
    assert resource.up(name="data", files=asset(url)) == "update"
    assert uploads(agb_server, since) == ["/a"]


def test_check_sends_no_request_to_the_context_api(resource: Resource, remote: Remote) -> None:
    checked = resource._checked({}, {"name": "data", "files": asset(remote.content("/a", b"x"))})
    assert checked["files"]["/a"].startswith("1:")
    assert resource.server.requests == []


def test_a_remote_archive_is_seeded_like_a_local_one(resource: Resource, remote: Remote) -> None:
    url = remote.content("/seed.zip", zipped({"a": b"1", "sub/b": b"2", ".hidden": b"3"}))
    resource.up(name="data", files=archive(f"{url}?{QUERY}"), exclude=["/a"])
    assert resource.files == {"/sub/b": b"2"}
    assert resource.outputs["files"]["/sub/b"].endswith(f":remote:{url}!/sub/b")
    assert QUERY not in json.dumps([resource.inputs, resource.outputs])


def test_remote_assets_and_archives_can_be_triggers_and_in_directories(directory: Directory, remote: Remote) -> None:
    url = remote.content("/seed.zip", zipped({"a": b"1"}))
    directory.up(files={**archive(url), "/b": SourceKind.REMOTE.of(url)})
    assert directory.files["/data/a"] == b"1"
    assert directory.files["/data/b"].startswith(b"PK")


def test_a_remote_trigger_is_compared_by_digest(resource: Resource, remote: Remote, agb_server: LocalServer) -> None:
    url = remote.content("/version", b"1")

    def up() -> str:
        resource.session = type(resource.session)(ContextService(Account(agb_server.url, KEY)), settle_seconds=0.02)
        return resource.up(name="data", clearTriggers=[{"agbcontext:asset": SourceKind.REMOTE.of(f"{url}?{QUERY}")}])

    assert (up(), up()) == ("create", "same")
    assert QUERY not in json.dumps(resource.inputs)
    remote.content("/version", b"2")
    assert up() == "replace"


def test_five_redirects_are_followed_and_a_sixth_is_not(resource: Resource, remote: Remote) -> None:
    remote.content("/0", b"found")
    for number in range(1, 7):
        remote.redirect(f"/{number}", f"/{number - 1}", (301, 302, 303, 307, 308, 302)[number - 1])
    resource.up(name="data", files=asset(f"{remote.url}/5"))
    assert resource.files == {"/a": b"found"}
    with pytest.raises(CheckFailedError, match="it redirects more than five times"):
        resource.up(name="data", files=asset(f"{remote.url}/6"))


HOSTILE = [
    ("http://169.254.169.254/latest/meta-data", "link-local or belongs to a cloud metadata service"),
    ("https://100.100.100.200/latest", "link-local or belongs to a cloud metadata service"),
    ("https://[fd00:ec2::254]/x", "link-local or belongs to a cloud metadata service"),
    ("http://example.com/a", "plain http"),
    ("file:///etc/passwd", "not a valid http or https URL"),
    ("https://user:password@example.com/a", "not a valid http or https URL"),
    ("ftp://example.com/a", "not a valid http or https URL"),
]


@pytest.mark.parametrize(("target", "words"), HOSTILE)
@pytest.mark.parametrize("redirected", [False, True])
def test_a_forbidden_address_is_refused_directly_and_after_a_redirect(
    resource: Resource, remote: Remote, target: str, words: str, redirected: bool
) -> None:
    url = remote.redirect("/a", target) if redirected else target
    with pytest.raises(CheckFailedError, match=words) as caught:
        resource.up(name="data", files=asset(f"{url}?{QUERY}"))
    assert "secret" not in str(caught.value)
    assert "password" not in str(caught.value).partition("could not")[2]


def test_a_redirect_to_itself_ends(resource: Resource, remote: Remote) -> None:
    url = remote.redirect("/a", "/a")
    with pytest.raises(CheckFailedError, match="redirects more than five times"):
        resource.up(name="data", files=asset(url))
    assert len(remote.requests) == 6


def test_a_redirect_without_a_target_ends(resource: Resource, remote: Remote) -> None:
    remote.answers["/a"] = lambda handler: answer(handler, 302, b"")
    with pytest.raises(CheckFailedError, match="redirects more than five times"):
        resource.up(name="data", files=asset(f"{remote.url}/a"))


def test_a_missing_file_is_named_with_its_status_but_not_its_query(resource: Resource, remote: Remote) -> None:
    with pytest.raises(CheckFailedError) as caught:
        resource.up(name="data", files=asset(f"{remote.url}/none?{QUERY}"))
    assert str(caught.value) == (
        f'files["/a"]: {remote.url}/none could not be downloaded because the server rejected the request with status '
        "404"
    )


def test_an_endless_body_ends_at_the_limit(resource: Resource, remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_files, "LARGEST", 1 << 20)

    def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with pytest.raises(OSError):
            while True:
                handler.wfile.write(bytes(1 << 16))

    remote.answers["/a"] = endless
    with pytest.raises(CheckFailedError, match="larger than"):
        resource.up(name="data", files=asset(f"{remote.url}/a"))


def test_a_silent_server_ends_with_the_timeout(impatient: Resource, remote: Remote) -> None:
    remote.answers["/a"] = lambda handler: time.sleep(5)
    started = time.monotonic()
    with pytest.raises(CheckFailedError, match="could not be downloaded"):
        impatient.up(name="data", files=asset(f"{remote.url}/a"))
    assert time.monotonic() - started < 4


def test_a_body_that_is_broken_off_is_downloaded_again(impatient: Resource, remote: Remote) -> None:
    attempts: list[int] = []

    def flaky(handler: http.server.BaseHTTPRequestHandler) -> None:
        attempts.append(1)
        if len(attempts) > 1:
            return answer(handler, 200, b"whole")
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(b"a part that is longer than the whole content")
        handler.close_connection = True
        return None

    remote.answers["/a"] = flaky
    impatient.up(name="data", files=asset(f"{remote.url}/a"))
    assert impatient.files == {"/a": b"whole"}


def test_a_server_that_fails_is_retried_and_then_named(impatient: Resource, remote: Remote) -> None:
    remote.answers["/a"] = lambda handler: answer(handler, 503, b"busy")
    with pytest.raises(CheckFailedError, match="status 503"):
        impatient.up(name="data", files=asset(f"{remote.url}/a"))
    assert len(remote.requests) > 1


@pytest.mark.parametrize("name", ["/seed.rar", "/seed", "/zip"])
def test_an_address_that_names_no_archive_is_refused_before_it_is_downloaded(
    resource: Resource, remote: Remote, name: str
) -> None:
    with pytest.raises(CheckFailedError, match="is not an archive"):
        resource.up(name="data", files=archive(f"{remote.url}{name}?x=.zip"))
    assert remote.requests == []


def test_a_hostile_remote_archive_is_named_by_its_address_and_not_by_a_local_path(
    resource: Resource, remote: Remote
) -> None:
    url = remote.content("/seed.zip", zipped({"../evil": b"x"}))
    with pytest.raises(CheckFailedError) as caught:
        resource.up(name="data", files=archive(f"{url}?{QUERY}"))
    assert f"member '../evil' of archive {url} cannot be seeded" in str(caught.value)
    assert "agbcontext-" not in str(caught.value)


def test_a_file_that_another_process_downloaded_is_an_error_with_a_remedy(resource: Resource, remote: Remote) -> None:
    checked = resource._checked({}, {"name": "data", "files": asset(remote.content("/a", b"x"))})
    resource.session = type(resource.session)(ContextService(Account(resource.server.url, KEY)), settle_seconds=0.02)
    with pytest.raises(Exception, match="run `pulumi up` again"):
        resource.handler.create(resource.session, resource.declared, checked)
