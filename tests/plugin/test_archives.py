"""Tests that archives and remote files have the same meaning in Python and YAML, on both engines."""

from __future__ import annotations

import functools
import http.server
import json
import threading
import zipfile
from collections.abc import Iterator

import pytest

from pulumi_agbcontext.testing import Stack
from tests.holding import holds

from .adapters import KEY
from .cli import Program, needs_yaml, on_the_cli

QUERY = "signature=a-very-secret-signature"
SEEDED = {"/data/a.txt": b"A", "/data/sub/b.txt": b"B", "/more/a.txt": b"A", "/more/sub/b.txt": b"B", "/one": b"remote"}
FILES = """{{"/data": pulumi.FileArchive("seed.zip"), "/more": pulumi.RemoteArchive("{url}/seed.zip?{query}"),
            "/one": pulumi.RemoteAsset("{url}/one.txt?{query}")}}"""
YAML = """
resources:
  data:
    type: agbcontext:Context
    properties:
      name: data
      files:
        /data: {{fn::fileArchive: seed.zip}}
        /more: {{fn::remoteArchive: "{url}/seed.zip?{query}"}}
        /one: {{fn::remoteAsset: "{url}/one.txt?{query}"}}
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """HTTP handler that serves files without logging requests."""

    def log_message(self, *_arguments: object) -> None: ...


@pytest.fixture
def url(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server for the archive that the program also has locally."""
    with zipfile.ZipFile(program.directory / "seed.zip", "w") as archive:
        archive.writestr("a.txt", b"A")
        archive.writestr("sub/b.txt", b"B")
        archive.writestr(".hidden", b"no")
    remote = tmp_path_factory.mktemp("remote")
    (remote / "seed.zip").write_bytes((program.directory / "seed.zip").read_bytes())
    (remote / "one.txt").write_bytes(b"remote")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(remote)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def held(program: Program) -> dict[str, bytes]:
    return holds(program.server, KEY, program.contexts()["data"])


@pytest.mark.parametrize("resource", ["agb.Context", "Context"], ids=["dynamic", "plugin"])
def test_archives_and_remote_files_are_seeded(
    program: Program, url: str, resource: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", program.server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    program.write("python", python=f'{resource}("data", name="data", files={FILES.format(url=url, query=QUERY)})')
    stack = Stack(program.directory, passphrase="open sesame", timeout=100)
    stack.up()
    assert held(program) == SEEDED
    assert QUERY not in json.dumps(stack.export_stack().deployment)
    stack.preview(expect_no_changes=True)


class TestOnTheCli:
    pytestmark = on_the_cli

    @needs_yaml
    def test_yaml_seeds_archives_and_remote_files(self, program: Program, url: str) -> None:
        program.write("yaml", yaml=YAML.format(url=url, query=QUERY))
        program.up()
        assert held(program) == SEEDED
        program.run("stack", "export", "--file", "state.json")
        assert QUERY not in (program.directory / "state.json").read_text()
        program.run("preview", "--expect-no-changes")
