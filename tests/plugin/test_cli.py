"""Tests of the plugin on the Pulumi CLI: programs in YAML and Python, import, migration and engine decisions."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.holding import holds
from tests.processes import started

from .cli import CLI, ROOT, Program, needs_yaml, on_the_cli
from .conftest import KEY

pytestmark = on_the_cli


@needs_yaml
def test_a_yaml_program_with_two_accounts_runs_all_operations(program: Program) -> None:
    (program.directory / "seed").mkdir()
    (program.directory / "seed" / "a.txt").write_text("A")
    text = """
        resources:
          other: {type: "pulumi:providers:agbcontext", properties: {apiKey: other-key, region: us-west}}
          data:
            type: agbcontext:Context
            properties:
              name: NAME
              files: {/seed: {fn::fileArchive: ./seed}, /text: {fn::stringAsset: TEXT}}
              clearTriggers: [REPLACE]
          notes:
            type: agbcontext:Context
            properties: {name: notes, clearInPlace: true, clearTriggers: [CLEAR], files: {/n: {fn::stringAsset: n}}}
            options: {provider: "${other}"}
          report:
            type: agbcontext:ContextFile
            properties: {contextId: "${data.id}", path: /report.txt, content: nothing}
        """

    def up(**words: str) -> str:
        words = {"NAME": "data", "TEXT": "one", "REPLACE": "r1", "CLEAR": "c1", **words}
        written = text
        for word, value in words.items():
            written = written.replace(word, value)
        program.write("yaml", yaml=written)
        return program.up()

    server = program.server
    up()
    first, notes = program.contexts()["data"], program.contexts("other-key")["notes"]
    assert holds(server, KEY, first) == {"/seed/a.txt": b"A", "/text": b"one", "/report.txt": b"nothing"}
    since = len(server.requests)
    assert "5 unchanged" in up()
    assert server.requests[since:] == []
    assert "1 updated" in up(TEXT="two", NAME="renamed")
    assert program.contexts() == {"renamed": first}
    since = len(server.requests)
    up(TEXT="two", NAME="renamed", CLEAR="c2")
    assert "ClearContext" in {record.operation for record in server.requests[since:]}
    assert program.contexts("other-key") == {"notes": notes}
    server.remove_file(KEY, first, "/text")
    assert "/text" in program.run("refresh", "--preview-only", "--diff")
    program.up("--refresh")
    assert holds(server, KEY, first)["/text"] == b"two"
    up(TEXT="two", NAME="renamed", CLEAR="c2", REPLACE="r2")
    assert program.contexts()["renamed"] != first
    assert sorted(holds(server, KEY, program.contexts()["renamed"])) == ["/report.txt", "/seed/a.txt", "/text"]
    program.run("destroy", "--yes", "--skip-preview")
    assert (program.contexts(), program.contexts("other-key")) == ({}, {})


@needs_yaml
def test_a_yaml_program_calls_each_function(program: Program) -> None:
    functions = {
        "getContext": ({"id": "${data.id}"}, "name"),
        "listContexts": ({}, "contexts"),
        "listContextFiles": ({"contextId": "${data.id}"}, "files"),
        "getContextFileDownloadUrl": ({"contextId": "${data.id}", "path": "/a"}, "url"),
        "getContextFileUploadUrl": ({"contextId": "${data.id}", "path": "/a"}, "url"),
        "getContextClearStatus": ({"contextId": "${data.id}"}, "status"),
    }
    calls = {
        name: {"fn::invoke": {"function": f"agbcontext:{name}", "arguments": arguments, "return": field}}
        for name, (arguments, field) in functions.items()
    }
    data = {"type": "agbcontext:Context", "properties": {"name": "data", "files": {"/a": {"fn::stringAsset": "x"}}}}
    program.write("yaml", yaml=f"resources: {json.dumps({'data': data})}\noutputs: {json.dumps(calls)}\n")
    program.up()
    outputs = json.loads(program.run("stack", "output", "--json"))
    assert (outputs["getContext"], outputs["getContextClearStatus"]) == ("data", "available")
    assert [file["path"] for file in outputs["listContextFiles"]] == ["/.agbcontext-owner.json", "/a"]
    assert (outputs["getContextFileDownloadUrl"], outputs["getContextFileUploadUrl"]) == ("[secret]", "[secret]")


def test_a_context_is_imported_by_its_id_with_code(program: Program) -> None:
    program.write("python", python="Context('data', name='data', files={'/a': StringAsset('x')})")
    program.up()
    imported = program.contexts()["data"]
    program.run("stack", "init", "second")
    text = program.run(
        "import", "agbcontext:index:Context", "data", imported, "--yes", "--skip-preview", "--protect=false"
    )
    assert 'name="data"' in text or "name: data" in text
    assert "does not exist" in program.run(
        "import", "agbcontext:index:Context", "none", "SdkCtx-nothing", "--yes", "--skip-preview", fails=True
    )
    malformed = ("import", "agbcontext:index:ContextFile", "none", "wrong", "--yes", "--skip-preview")
    assert "Invalid file id 'wrong'. Use `<context id>/<path>`" in program.run(*malformed, fails=True)
    since = len(program.server.requests)
    program.write("python", python="Context('data', name='data', files={'/mine': StringAsset('y')}, clearTriggers=[1])")
    assert "1 updated" in program.up()
    assert holds(program.server, KEY, imported) == {"/a": b"x", "/mine": b"y"}
    asked = {record.operation for record in program.server.requests[since:]}
    assert not asked & {"ClearContext", "DeleteContext"}


def test_an_alias_migrates_a_stack_from_the_dynamic_resource_to_the_plugin(program: Program) -> None:
    program.write("python", python="agb.Context('data', files={'/a': 'x'}, clear_triggers=['v1'])")
    program.up()
    since = len(program.server.requests)
    program.write(
        "python",
        python="""
        Context("data", ResourceOptions(aliases=[Alias(type_="pulumi-python:dynamic/agbcontext:Context")]),
                files={"/a": StringAsset("x")}, clearTriggers=["v1"])
        """,
    )
    text = program.up("--diff")
    assert "2 unchanged" in text
    assert program.server.requests[since:] == []
    program.up()
    assert program.server.requests[since:] == []


def test_a_replacement_trigger_replaces_only_with_delete_before_replace(program: Program) -> None:
    source = "Context('data', ResourceOptions(replacement_trigger='v1'), files={'/a': StringAsset('x')})"
    program.write("python", python=source)
    program.up()
    [(name, before)] = program.contexts().items()
    program.write("python", python=source.replace("v1", "v2"))
    text = program.up(fails=True)
    assert "Set the resource option `deleteBeforeReplace`" in text
    assert holds(program.server, KEY, before) == {"/a": b"x"}
    program.write("python", python=source.replace("trigger='v1'", "trigger='v2', delete_before_replace=True"))
    program.up()
    assert program.contexts()[name] != before
    assert holds(program.server, KEY, program.contexts()[name]) == {"/a": b"x"}


def test_a_create_that_failed_halfway_is_continued_by_the_next_up(program: Program) -> None:
    program.write(
        "python", python="Context('data', name='data', files={'/a': StringAsset('1'), '/b': StringAsset('2')})"
    )
    program.server.fault("Upload", "status", path="/b", status=400)
    text = program.up(fails=True)
    assert "Could not upload /b to context" in text
    made = program.contexts()["data"]
    assert "1 updated" in program.up()
    assert program.contexts() == {"data": made}
    assert holds(program.server, KEY, made) == {"/a": b"1", "/b": b"2"}


def test_ctrl_c_ends_an_operation_within_two_seconds_and_keeps_its_progress(program: Program) -> None:
    source = "Context('data', name='data', clearInPlace=True, clearTriggers=['v1'], files={'/a': StringAsset('x')})"
    program.write("python", python=source)
    program.up()
    program.server.behave(clear_stuck=True)
    program.write("python", python=source.replace("v1", "v2"))
    command = [str(CLI), "up", "--yes", "--skip-preview", "--non-interactive"]
    with started(command, cwd=program.directory, env=program.environment, stderr=subprocess.STDOUT) as running:
        until = time.monotonic() + 60
        while not any(record.operation == "ClearContext" for record in program.server.requests):
            assert time.monotonic() < until
            time.sleep(0.05)
        interrupted = time.monotonic()
        running.send_signal(signal.SIGINT)
        text, _ = running.communicate(timeout=60)
    assert time.monotonic() - interrupted < 2 + 2  # the CLI itself takes some time to end
    assert "the operation was cancelled. Run `pulumi up` to continue." in text
    exported = json.loads(program.run("stack", "export"))
    [data] = [one for one in exported["deployment"]["resources"] if one["type"] == "agbcontext:index:Context"]
    assert data["outputs"]["files"] == {"/a": "1:changed:text:x"}, "no file counts as stored"
    assert data["outputs"]["clearTriggers"] == ["v1"]


def test_a_configuration_error_is_one_line(program: Program) -> None:
    del program.environment["AGB_API_KEY"]
    program.write("python", python="Context('data')")
    text = program.up(fails=True)
    assert "No AGB API key is configured" in text


@needs_yaml
def test_the_yaml_example_runs(program: Program) -> None:
    shutil.copytree(ROOT / "examples" / "yaml", program.directory, dirs_exist_ok=True)
    _find_the_plugin_here(program.directory / "Pulumi.yaml")
    program.run("stack", "init", "example")
    program.run("config", "set", "--secret", "otherKey", "other-key")
    program.up()
    [context] = program.contexts().values()
    assert sorted(holds(program.server, KEY, context)) == ["/data/orders.csv", "/prompt.md"]
    assert holds(program.server, "other-key", program.contexts("other-key")["notes"]).keys() == {"/report.txt"}
    program.run("destroy", "--yes", "--skip-preview")


@needs_yaml
def test_the_import_example_runs(program: Program) -> None:
    program.write("python", python="Context('data', name='workspace-of-another-day', files={'/a': StringAsset('x')})")
    program.up()
    [context] = program.contexts().values()
    shutil.copytree(ROOT / "examples" / "import", program.directory, dirs_exist_ok=True)
    _find_the_plugin_here(program.directory / "Pulumi.yaml")
    program.run("stack", "init", "second")
    options = ("--yes", "--skip-preview", "--protect=false", "--generate-code=false")
    program.run("import", "agbcontext:index:Context", "workspace", context, *options)
    program.up()
    assert sorted(holds(program.server, KEY, context)) == ["/a", "/added.txt"]


def _find_the_plugin_here(settings: Path) -> None:
    plugins = {"providers": [{"name": "agbcontext", "path": str(Path(sys.executable).parent)}]}
    settings.write_text(settings.read_text("utf-8") + f"plugins: {json.dumps(plugins)}\n", "utf-8")


def test_the_checkout_is_a_plugin_directory() -> None:
    settings = (ROOT / "PulumiPlugin.yaml").read_text("utf-8")
    assert "name: python" in settings
    assert (ROOT / "requirements.txt").read_text("utf-8").splitlines()[-1] == "."
    with started([sys.executable, str(ROOT), "nowhere"]) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
