"""Tests of `ContextDirectory` in the plugin: parity with Python, in YAML and TypeScript, and imports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing import Stack
from tests.holding import holds

from .adapters import KEY
from .cli import Program, needs_npm, needs_yaml, on_the_cli

THEIRS = {"/readme": b"theirs", "/data/agent.txt": b"agent"}
PYTHON = """
CustomResource("agbcontext:index:ContextDirectory", "seed", {"contextId": ID, "path": "/data", **MORE})
"""
YAML = """
resources:
  shared:
    type: agbcontext:Context
    properties:
      name: shared
      clearTriggers: [VERSION]
      clearInPlace: true
  seed:
    type: agbcontext:ContextDirectory
    properties:
      contextId: ${shared.id}
      contextGeneration: ${shared.generation}
      path: /data
      source: seed
      secretFiles: {/env: {fn::stringAsset: canary-1}}
      exclusive: true
      ignoreFiles: ["*.log"]
"""
TYPESCRIPT = """
import * as agbcontext from "@pulumi-agbcontext/agbcontext";

const shared = new agbcontext.Context("shared", { name: "shared" });
const seed = new agbcontext.ContextDirectory("seed", {
    contextId: shared.id,
    contextGeneration: shared.generation,
    path: "/data",
    source: "seed",
    secretFiles: { "/env": "canary-1" },
    exclusive: true,
    ignoreFiles: ["*.log"],
    maxDeletes: 10,
    whenInUse: "wait",
});
export const directory = seed.id;
"""


@pytest.fixture
def context_id(program: Program) -> str:
    """Return the id of another program's context, with its own files inside and outside the directory."""
    created = ContextService(Account(program.server.url, KEY)).create("theirs").context_id
    for path, content in THEIRS.items():
        program.server.put_file(KEY, created, path, content)
    return created


def test_a_directory_uploads_what_changed_and_deletes_only_its_own_files(
    program: Program, context_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", program.server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    stack = Stack(program.directory, passphrase="open sesame", timeout=100)

    def up(**more: Any) -> str:
        declared = PYTHON.replace("ID", json.dumps(context_id)).replace("MORE", repr(more))
        program.write("python", python=declared)
        text = stack.preview().stdout
        stack.up()
        stack.preview(expect_no_changes=True)
        return str(text)

    files = {f"/{name}": name for name in "dcab"}
    up(files=files, secretFiles={"/env": "canary-1"})
    assert holds(program.server, KEY, context_id) == {
        **THEIRS,
        "/data/env": b"canary-1",
        **{f"/data{path}": text.encode() for path, text in files.items()},
    }
    assert "canary-1" not in "".join(
        path.read_text(errors="replace") for path in (program.directory / ".pulumi-test").rglob("*") if path.is_file()
    )
    since = len(program.server.requests)
    text = up(files={"/a": "edited"}, secretFiles={"/env": "canary-1"})
    assert "seed: 1 file to overwrite (/a), 3 files to delete (/b, /c, /d), 1 file unchanged, 6 B to upload" in text
    assert [one.path for one in program.server.requests[since:] if one.operation == "Upload"] == ["/data/a"]
    assert holds(program.server, KEY, context_id) == {**THEIRS, "/data/env": b"canary-1", "/data/a": b"edited"}
    stack.destroy()
    assert holds(program.server, KEY, context_id) == THEIRS


class TestOnTheCli:
    pytestmark = on_the_cli

    @needs_yaml
    def test_yaml_seeds_clears_refreshes_and_destroys_a_directory(self, program: Program) -> None:
        def files() -> dict[str, bytes]:
            return holds(program.server, KEY, program.contexts()["shared"])

        seed(program)
        program.write("yaml", yaml=YAML.replace("VERSION", "v1"))
        assert "seed: 2 files to add, 11 B to upload" in program.run("preview")
        program.up()
        seeded = {"/data/a.txt": b"one", "/data/env": b"canary-1"}
        assert files() == seeded
        assert "canary-1" not in program.run("stack", "export")
        requests = len(program.server.requests)
        program.up("--expect-no-changes")
        assert program.server.requests[requests:] == []
        program.write("yaml", yaml=YAML.replace("VERSION", "v2"))
        assert "2 updated" in program.up()
        assert files() == seeded
        for path in ("/data/x", "/data/x.log", "/outside"):
            program.server.put_file(KEY, program.contexts()["shared"], path, b"agent")
        text = program.run("preview", "--refresh", "--expect-no-changes", fails=True)
        assert "found 1 unmanaged file (/x). Because `exclusive` is set" in text
        assert "add its path to `ignoreFiles`." in text
        program.run("refresh", "--yes", "--skip-preview")
        assert '- /x: "5:' in program.run("preview", "--diff")
        program.up()
        kept = {"/data/x.log": b"agent", "/outside": b"agent"}
        assert files() == {**seeded, **kept}
        program.run("preview", "--refresh", "--expect-no-changes")
        program.write("yaml", yaml=YAML[: YAML.index("  seed:")].replace("VERSION", "v2"))
        program.up()
        assert files() == kept

    @needs_yaml
    def test_an_import_records_the_context_and_path_and_none_of_the_files(
        self, program: Program, context_id: str
    ) -> None:
        program.write("yaml", yaml="resources: {}")
        kind = "agbcontext:index:ContextDirectory"
        text = program.run("import", kind, "seed", f"{context_id}/data", "--yes", fails=True)
        assert "Use `<context id>/<path>/` without the leading slash of the path" in text
        assert "does not exist" in program.run("import", kind, "seed", f"{context_id}/none/", "--yes", fails=True)
        text = program.run("import", kind, "seed", f"{context_id}/data/", "--yes", "--protect=false")
        assert f"contextId: {context_id}\n      path: /data\n" in text
        declared = {"type": kind, "properties": {"contextId": context_id, "path": "/data", "files": {"/a": "one"}}}
        program.write("yaml", yaml=f"resources: {json.dumps({'seed': declared})}")
        assert "1 updated" in program.up()
        assert holds(program.server, KEY, context_id) == {**THEIRS, "/data/a": b"one"}
        program.run("destroy", "--yes", "--skip-preview")
        assert holds(program.server, KEY, context_id) == THEIRS

    @pytest.mark.long
    @needs_npm
    def test_typescript_seeds_a_directory(self, program: Program) -> None:
        program.add_typescript()
        (program.directory / "index.ts").write_text(TYPESCRIPT)
        seed(program)
        program.compile_typescript()
        text = program.up()
        context = program.contexts()["shared"]
        assert f'directory: "{context}/data/"' in text
        assert holds(program.server, KEY, context) == {"/data/a.txt": b"one", "/data/env": b"canary-1"}
        program.up("--expect-no-changes")


def seed(program: Program) -> None:
    """Write the local directory."""
    (program.directory / "seed").mkdir()
    (program.directory / "seed" / "a.txt").write_text("one")
