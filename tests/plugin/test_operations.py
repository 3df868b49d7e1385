"""Tests of what only the plugin supports: recorded progress, secrets, previews, timeouts and imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.engine.property_values import Properties, from_struct, to_struct
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import UNKNOWN, Life, Plugin, RefusedError, ResourceInitFailedError, Secret, file_asset, folder_archive
from .conftest import KEY

SEED = {"/a": "one", "/b": "two", "/c": "three"}


@pytest.mark.cold
def test_a_create_that_failed_halfway_is_recorded_and_continued(life: Life, agb_server: LocalServer) -> None:
    agb_server.fault("Upload", "status", path="/b", status=400)
    with pytest.raises(ResourceInitFailedError) as failed:
        life.up(name="data", files=SEED)
    assert "\n" not in str(failed.value)
    [context] = agb_server.contexts(KEY)
    assert life.id == context["id"]
    known = {path for path, entry in life.outputs["files"].items() if ":changed:" not in entry}
    assert known <= holds(agb_server, KEY, life.id).keys() <= life.outputs["files"].keys() - {"/b"}
    since = len(agb_server.requests)
    assert life.up(name="data", files=SEED) == "update"
    assert holds(agb_server, KEY, life.id) == {"/a": b"one", "/b": b"two", "/c": b"three"}
    uploaded = {record.path for record in agb_server.requests[since:] if record.operation == "Upload"}
    assert uploaded == {OWNER_RECORD, *SEED} - known


def test_an_update_that_failed_halfway_is_recorded_and_continued(life: Life, agb_server: LocalServer) -> None:
    program: Any = {"name": "data", "clearInPlace": True}
    life.up(**program, files=SEED, clearTriggers=["v1"])
    agb_server.fault("Upload", "status", path="/a", status=400)
    with pytest.raises(ResourceInitFailedError):
        life.up(**{**program, "name": "renamed"}, files=SEED, clearTriggers=["v2"])
    assert (life.outputs["name"], life.outputs["clearTriggers"], life.outputs["generation"]) == ("renamed", ["v2"], 2)
    assert ":changed:" in life.outputs["files"]["/a"]
    since = len(agb_server.requests)
    assert life.up(**{**program, "name": "renamed"}, files=SEED, clearTriggers=["v2"]) == "update"
    assert "ClearContext" not in {record.operation for record in agb_server.requests[since:]}
    assert sorted(holds(agb_server, KEY, life.id)) == sorted(SEED)


def test_a_cancelled_create_ends_within_two_seconds_and_reports_its_progress(
    life: Life, agb_server: LocalServer
) -> None:
    agb_server.behave(latency=0.2)
    news = life.check({}, {"name": "data", "files": {f"/{number}": "x" for number in range(2000)}})
    ended: list[tuple[float, Exception]] = []

    def create() -> None:
        try:
            life.create(news)
        except RefusedError as error:
            ended.append((time.monotonic(), error))

    thread = threading.Thread(target=create)
    thread.start()
    _wait_until(lambda: sum(record.operation == "Upload" for record in agb_server.requests) > 1)  # one is the record
    cancelled = time.monotonic()
    life.adapter.cancel()
    thread.join(20)
    [(moment, error)] = ended
    assert moment - cancelled < 2
    assert str(error).endswith("the operation was cancelled. Run `pulumi up` to continue.")
    assert isinstance(error, ResourceInitFailedError)
    assert life.id == agb_server.contexts(KEY)[0]["id"]


def _wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_custom_timeout_shorter_than_the_clear_timeout_ends_the_update(life: Life, agb_server: LocalServer) -> None:
    program: Any = {"name": "data", "clearInPlace": True, "clearTimeout": 60}
    life.up(**program, clearTriggers=["v1"])
    agb_server.behave(clear_stuck=True)
    started = time.monotonic()
    with pytest.raises(
        RefusedError,
        match=r"^Stopped waiting for .* the resource's custom timeout of 1 s expired",
    ):
        life.up(**program, clearTriggers=["v2"], timeout=1)
    assert time.monotonic() - started < 10


def test_a_clear_timeout_shorter_than_the_custom_timeout_ends_the_update(life: Life, agb_server: LocalServer) -> None:
    program: Any = {"name": "data", "clearInPlace": True, "clearTimeout": 1}
    life.up(**program, clearTriggers=["v1"])
    agb_server.behave(clear_stuck=True)
    with pytest.raises(RefusedError, match="Timed out after 1 s") as failed:
        life.up(**program, clearTriggers=["v2"], timeout=60)
    assert "custom timeout" not in str(failed.value)


def test_secrets_stay_secret_and_no_other_value_becomes_secret(life: Life) -> None:
    life.up(name="data", files={"/open": "x", "/hidden": _secret_text("canary")})
    assert isinstance(life.inputs["files"]["/hidden"], Secret)
    assert isinstance(life.outputs["files"]["/hidden"], Secret)
    assert isinstance(life.outputs["files"]["/open"], str)
    life.up(name="data", files={"/open": "x"}, secretFiles={"/key": "canary"})
    assert isinstance(life.inputs["secretFiles"], Secret)
    assert isinstance(life.outputs["secretFiles"], Secret)
    life.refresh()
    assert isinstance(life.outputs["secretFiles"], Secret)
    plain = {key: value for key, value in life.outputs.items() if not isinstance(value, Secret)}
    assert "canary" not in json.dumps(plain)


def _secret_text(text: str) -> Secret:
    return Secret({"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": text})


def test_a_secret_directory_makes_all_its_files_secret(life: Life) -> None:
    directory = life.adapter.directory / "keys"
    directory.mkdir()
    (directory / "one").write_text("canary")
    life.up(name="data", files={"/keys": Secret(folder_archive(str(directory)))})
    assert isinstance(life.outputs["files"], Secret)


def test_the_digest_of_a_secret_content_is_a_secret(plugin: Plugin, life: Life) -> None:
    life.up(name="data")
    file = Life(plugin, "ContextFile")
    file.up(contextId=life.id, path="/f", content=Secret("canary"))
    assert isinstance(file.inputs["content"], Secret)
    assert isinstance(file.outputs["sha256"], Secret)
    assert file.outputs["size"] == 6


def test_a_preview_computes_outputs_that_the_inputs_determine_and_sends_no_request(
    life: Life, agb_server: LocalServer
) -> None:
    news = life.check({}, {"name": UNKNOWN, "files": {"/a": "abc", "/later": UNKNOWN}, "clearTimeout": 90})
    life.create(news, preview=True)
    reported = life.outputs
    assert (reported["name"], reported["fileCount"], reported["createdAt"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert (reported["clearTimeout"], reported["generation"], reported["driftCheck"]) == (90, 1, "size")
    assert reported["files"]["/later"] is UNKNOWN
    assert agb_server.requests == []


def test_progress_that_is_too_large_to_record_leaves_the_error_readable(life: Life, agb_server: LocalServer) -> None:
    program: Any = {"files": {"/a": "x" * (12 << 20), "/b": "two"}}  # text is recorded with its content
    agb_server.fault("Upload", "status", path="/b", status=400)
    with pytest.raises(
        RefusedError, match=r"Could not upload /b .* The changes made so far are not recorded"
    ) as failed:
        life.up(**program)
    assert not isinstance(failed.value, ResourceInitFailedError)
    assert life.up(**program) == "create"
    assert [context["id"] for context in agb_server.contexts(KEY)] == [life.id]
    assert holds(agb_server, KEY, life.id).keys() == {"/a", "/b"}


def test_a_diff_names_each_file_and_the_properties_that_require_replacement(life: Life) -> None:
    life.up(name="data", files={"/a": "one", "/gone": "x"}, clearTriggers=["v1"])
    life.adapter.begin_command()
    diff = life.diff(life.check(life.inputs, {"name": "data", "files": {"/a": "2", "/new": "y"}, "clearTriggers": [1]}))
    kinds = provider_pb2.PropertyDiff.Kind
    assert {path: kinds.Name(change.kind) for path, change in diff.detailedDiff.items()} == {
        'files["/a"]': "UPDATE",
        'files["/new"]': "ADD",
        'files["/gone"]': "DELETE",
        "clearTriggers": "UPDATE_REPLACE",
    }
    assert list(diff.replaces) == ["clearTriggers"]
    assert diff.deleteBeforeReplace


def test_two_contexts_with_one_name_are_an_error_at_check(life: Life) -> None:
    life.check({}, {"name": "data"})
    with pytest.raises(RefusedError, match="name: the name 'data' is already used by resource 'data'"):
        Life(life.adapter, name="second").check({}, {"name": "data"})


def test_numbers_and_booleans_may_be_strings_and_null_means_unset(life: Life) -> None:
    checked = life.check({}, {"name": "data", "clearTimeout": "90.5", "adopt": "true", "region": None})
    assert (checked["clearTimeout"], checked["adopt"]) == (90.5, True)
    assert "region" not in checked


def test_an_unsupported_source_is_a_one_line_error_that_names_the_path(life: Life) -> None:
    (life.adapter.directory / "a.zip").write_bytes(b"PK")
    files = {
        "/plain": ["not", "an", "asset"],
        "/missing": file_asset("missing.txt"),
        "/zip": folder_archive("a.zip"),
        "/remote": {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "uri": "https://x/y?sig=s"},
    }
    for path, asset in files.items():
        with pytest.raises(RefusedError) as refused:
            life.check({}, {"name": "data", "files": {path: asset}})
        assert f'files["{path}"]: ' in str(refused.value)
        assert "\n" not in str(refused.value)
        assert "sig=s" not in str(refused.value)


def test_a_context_is_imported_by_its_id_and_the_first_update_neither_clears_nor_replaces(
    plugin: Plugin, agb_server: LocalServer
) -> None:
    theirs = Life(plugin)
    theirs.up(name="data", files={"/theirs": "x"})
    life = Life(plugin)
    plugin.begin_command()
    assert life.imported(theirs.id)
    assert life.inputs == {"name": "data"}
    assert (life.outputs["files"], life.outputs["fileCount"]) == ({}, 0)
    assert "clearTriggers" not in life.outputs
    program: Any = {"name": "data", "files": {"/mine": "y"}, "clearTriggers": ["v1"], "region": "cn-hangzhou"}
    assert life.up(**program) == "update"
    assert holds(agb_server, KEY, life.id) == {"/theirs": b"x", "/mine": b"y"}
    assert not {"ClearContext", "DeleteContext"} & {record.operation for record in agb_server.requests}


def test_a_file_is_imported_with_its_content_up_to_a_mebibyte(plugin: Plugin, agb_server: LocalServer) -> None:
    context, file = Life(plugin), Life(plugin, "ContextFile")
    context.up(name="data")
    for path, content in {"/text": b"abc", "/bytes": b"\xff\x00", "/large": bytes((1 << 20) + 1)}.items():
        agb_server.put_file(KEY, context.id, path, content)
    assert file.imported(f"{context.id}/text")
    assert file.inputs == {"contextId": context.id, "path": "/text", "content": "abc"}
    assert file.up(contextId=context.id, path="/text", content="abc") == "same"
    assert file.imported(f"{context.id}/bytes")
    assert file.inputs["contentBase64"] == "/wA="
    with pytest.raises(RefusedError, match=r"Cannot import /large .* 1,048,577 bytes"):
        file.imported(f"{context.id}/large")
    assert not file.imported(f"{context.id}/absent")


@pytest.mark.parametrize(
    "id_", ["wrong", "/data/a.txt", "SdkCtx-1/", "SdkCtx-1//a.txt", "SdkCtx-1/a/../b", "Sdk Ctx/a"]
)
def test_an_import_of_a_file_with_a_malformed_id_shows_the_format_and_sends_no_request(
    plugin: Plugin, agb_server: LocalServer, id_: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        Life(plugin, "ContextFile").imported(id_)
    assert str(caught.value) == (
        f"Invalid file id '{id_}'. Use `<context id>/<path>` without the leading slash of the path, "
        "for example SdkCtx-04ml3r7wphp8nq2la/data/report.txt."
    )
    assert agb_server.requests == []


@pytest.mark.parametrize("id_", ["SdkCtx-1/a.txt", "urn:pulumi:dev::shop::x", "two words", ""])
def test_an_import_of_a_context_with_a_malformed_id_shows_the_format_and_sends_no_request(
    plugin: Plugin, agb_server: LocalServer, id_: str
) -> None:
    with pytest.raises(RefusedError, match=r"^Invalid context id '.*'\. Use .* SdkCtx-.*, not its name\.$"):
        Life(plugin).imported(id_)
    assert agb_server.requests == []


def test_an_import_of_a_context_by_its_name_shows_the_format_of_an_id(life: Life) -> None:
    life.up(name="data")
    with pytest.raises(RefusedError, match=r"^Invalid context id 'data'\. Use .* SdkCtx-.*, not its name\.$"):
        Life(life.adapter).imported("data")


def test_an_import_of_a_missing_context_or_one_of_another_key_finds_nothing(
    start: Callable[..., Any], life: Life
) -> None:
    life.up(name="data")
    other = Life(start(apiKey="another-key"))
    assert not other.imported(life.id)
    assert not Life(life.adapter).imported("SdkCtx-nothing")


def test_a_child_resource_is_recognized_by_the_end_of_its_type(life: Life, agb_server: LocalServer) -> None:
    life.urn = "urn:pulumi:dev::shop::shop:index:Group$agbcontext:index:Context::data"
    life.up()
    [context] = agb_server.contexts(KEY)
    assert context["name"].startswith("data-")


def test_each_configuration_error_is_one_line(plugin: Plugin) -> None:
    assert _faults(plugin, {"apiKey": Secret("k"), "endpoint": "https://x", "parallelUploads": "8"}) == {}
    faults = _faults(
        plugin,
        {"apiKey": "bad key", "endpoint": "http://far.example", "parallelUploads": "many", "strange": 1},
    )
    assert {"parallelUploads", "strange"} <= faults.keys()
    faults = _faults(plugin, {"apiKey": Secret("bad key"), "endpoint": "http://far.example"})
    assert faults.keys() == {"apiKey", "endpoint"}
    assert all("\n" not in reason and "bad key" not in reason for reason in faults.values())


def test_an_unknown_setting_is_not_checked(plugin: Plugin) -> None:
    assert _faults(plugin, {"apiKey": UNKNOWN, "endpoint": UNKNOWN}) == {}


def test_a_changed_configuration_updates_the_provider_and_never_replaces_it(plugin: Plugin) -> None:
    olds, news = to_struct({"apiKey": "one", "region": "a"}), to_struct({"apiKey": "two", "region": "b"})
    answer = plugin.call("DiffConfig", provider_pb2.DiffRequest(olds=olds, news=news, old_inputs=olds))
    assert (answer.changes, list(answer.replaces)) == (provider_pb2.DiffResponse.DIFF_SOME, [])
    answer = plugin.call("DiffConfig", provider_pb2.DiffRequest(olds=olds, news=olds, old_inputs=olds))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def _faults(plugin: Plugin, settings: Properties) -> dict[str, str]:
    answer = plugin.call("CheckConfig", provider_pb2.CheckRequest(news=to_struct(settings)))
    assert {fault.property for fault in answer.failures} <= {""}  # for any other property, the engine prints its value
    return dict(fault.reason.split(": ", 1) for fault in answer.failures)


def test_the_functions_read_the_account(plugin: Plugin, life: Life) -> None:
    life.up(name="data", files={"/d/a.txt": "abc"})

    def ask(function: str, **arguments: Any) -> dict[str, Any]:
        token = f"agbcontext:index:{function}"
        answer = plugin.call("Invoke", provider_pb2.InvokeRequest(tok=token, args=to_struct(arguments)))
        assert not answer.failures, answer.failures
        return from_struct(getattr(answer, "return"))

    found = ask("getContext", name="data")
    assert found == ask("getContext", id=life.id)
    assert (found["id"], found["state"]) == (life.id, "available")
    assert [context["name"] for context in ask("listContexts")["contexts"]] == ["data"]
    [file] = ask("listContextFiles", contextId=life.id, parentFolderPath="/d")["files"]
    assert (file["path"], file["size"]) == ("/d/a.txt", 3)
    for function in ("getContextFileDownloadUrl", "getContextFileUploadUrl"):
        assert isinstance(ask(function, contextId=life.id, path="/d/a.txt")["url"], Secret)
    assert ask("getContextClearStatus", contextId=life.id) == {"status": "available"}


def test_a_function_with_wrong_arguments_names_them(plugin: Plugin) -> None:
    for arguments, name in (({}, "name"), ({"id": "a", "name": "b"}, "name"), ({"strange": "a"}, "strange")):
        token = "agbcontext:index:getContext"
        answer = plugin.call("Invoke", provider_pb2.InvokeRequest(tok=token, args=to_struct(arguments)))
        assert name in {failure.reason.partition(":")[0] for failure in answer.failures}


def test_an_api_rejection_is_one_line_without_a_traceback(plugin: Plugin) -> None:
    request = provider_pb2.InvokeRequest(tok="agbcontext:index:getContext", args=to_struct({"id": "SdkCtx-nothing"}))
    with pytest.raises(RefusedError) as refused:
        plugin.call("Invoke", request)
    assert "SdkCtx-nothing" in str(refused.value)
    assert "request id" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_concurrent_operations_run_in_parallel(plugin: Plugin, agb_server: LocalServer) -> None:
    agb_server.behave(latency=0.3)
    lives = [Life(plugin, name=f"data-{number}") for number in range(8)]
    news = [life.check({}, {}) for life in lives]
    started = time.monotonic()
    threads = [threading.Thread(target=life.create, args=(one,)) for life, one in zip(lives, news, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = time.monotonic() - started
    assert len(agb_server.contexts(KEY)) == 8
    calls = sum(record.operation != "Unknown" for record in agb_server.requests)
    assert together < 0.3 * calls / 2


def test_the_state_does_not_depend_on_the_working_directory(
    life: Life, start: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("abc")
    life.up(name="data", files={"/a": file_asset("a.txt"), "/b": file_asset(str(tmp_path / "a.txt"))})
    assert [entry.split(":", 2)[2] for entry in life.outputs["files"].values()] == ["file:a.txt", "file:a.txt"]


def test_a_plugin_whose_engine_was_killed_exits_during_an_operation(agb_server: LocalServer, tmp_path: Path) -> None:
    agb_server.behave(clear_stuck=True)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, agb_server.url, KEY], cwd=tmp_path, env=environment)
    _wait_until(lambda: any(record.operation == "ClearContext" for record in agb_server.requests))
    [plugin] = [int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == engine.pid]
    engine.kill()
    engine.wait()
    _wait_until(lambda: not Path(f"/proc/{plugin}").exists())


ENGINE = """
import pathlib, sys
from tests.plugin.adapters import Life, Plugin
from tests.holding import holds
life = Life(Plugin(pathlib.Path.cwd(), endpoint=sys.argv[1], apiKey=sys.argv[2]))
program = {"name": "data", "clearInPlace": True}
life.up(**program, clearTriggers=[1])
life.up(**program, clearTriggers=[2])
"""


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
