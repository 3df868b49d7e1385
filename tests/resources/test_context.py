"""Tests of `agb.Context` in real programs, on the test engine and, where it is installed, on the Pulumi CLI."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import KEY, Project

DERIVED = "data-8f61c0c"


@pytest.mark.cold
def test_every_form_of_a_file_is_seeded(project: Project) -> None:
    project.write("one.txt", "from an asset")
    project.write("two.txt", "from a path")
    project.write("directory/a.txt", "A")
    project.write("directory/sub/b.txt", "B")
    project.program(
        """
        agb.Context("data", name="data", files={
            "/asset": pulumi.FileAsset("one.txt"),
            "/string": pulumi.StringAsset("from a string asset"),
            "/archive": pulumi.FileArchive("directory"),
            "/tree": pulumi.AssetArchive({
                "s": pulumi.StringAsset("S"),
                "below": pulumi.AssetArchive({"f": pulumi.FileAsset("one.txt")}),
                "all": pulumi.FileArchive("directory/sub"),
            }),
            "/path": pathlib.Path("two.txt"),
            "/directory": pathlib.Path("directory"),
            "/text": "text",
            "/bytes": bytes([0, 255]),
            "/output": pulumi.Output.from_input("computed").apply(lambda text: text.upper()),
        })
        """
    )
    project.up()
    assert project.files("data") == {
        "/asset": b"from an asset",
        "/string": b"from a string asset",
        "/archive/a.txt": b"A",
        "/archive/sub/b.txt": b"B",
        "/tree/s": b"S",
        "/tree/below/f": b"from an asset",
        "/tree/all/b.txt": b"B",
        "/path": b"from a path",
        "/directory/a.txt": b"A",
        "/directory/sub/b.txt": b"B",
        "/text": b"text",
        "/bytes": b"\x00\xff",
        "/output": b"COMPUTED",
    }
    project.settle()


def test_files_from_accepts_a_directory_with_gitignore_patterns(project: Project) -> None:
    for path in ("a.txt", "b.log", "deep/c.txt", "deep/d.tmp", ".hidden", ".git/config"):
        project.write(f"seed/{path}", path)
    project.program(
        """
        agb.Context("all", name="all", files=agb.files_from("seed", include_hidden=True))
        agb.Context("some", name="some", files=agb.files_from("./seed/", prefix="/in", exclude=["*.log", "deep/*.tmp"]))
        agb.Context("few", name="few", files=agb.files_from(pathlib.Path("seed"), include=["*.txt", "!a.txt"]))
        """
    )
    project.up()
    assert sorted(project.files("all")) == [
        "/.git/config",
        "/.hidden",
        "/a.txt",
        "/b.log",
        "/deep/c.txt",
        "/deep/d.tmp",
    ]
    assert project.files("some") == {"/in/a.txt": b"a.txt", "/in/deep/c.txt": b"deep/c.txt"}
    assert project.files("few") == {"/deep/c.txt": b"deep/c.txt"}
    project.settle()


def test_the_outputs_match_the_api(project: Project) -> None:
    project.program(
        """
        data = agb.Context("data", files={"/a": "abc"}, clear_triggers=["v1"], clear_timeout=90)
        for name in ("id", "name", "region", "file_count", "size", "generation", "created_at", "clear_triggers",
                     "clear_timeout", "clear_poll_interval", "clear_in_place", "clear_before_delete", "adopt",
                     "drift_check", "files"):
            pulumi.export(name, getattr(data, name))
        """
    )
    outputs = {key: output.value for key, output in project.up().outputs.items()}
    [context] = project.server.contexts(KEY)
    files = outputs.pop("files")
    assert list(files) == ["/a"]
    assert outputs == {
        "id": context["id"],
        "name": context["name"],
        "region": "cn-hangzhou",
        "file_count": 1,
        "size": 3,
        "generation": 1,
        "created_at": outputs["created_at"],
        "clear_triggers": ["v1"],
        "clear_timeout": 90,
        "clear_poll_interval": 2,
        "clear_in_place": False,
        "clear_before_delete": False,
        "adopt": False,
        "drift_check": "size",
    }
    assert outputs["created_at"]


def test_without_a_name_one_is_derived_and_kept(project: Project) -> None:
    project.program("agb.Context('data')")
    project.up()
    [name] = project.contexts
    assert name.startswith("data-")
    assert len(name) == len("data-") + 7
    project.settle()
    project.stack().destroy()
    project.up()
    assert list(project.contexts) == [name]


def test_the_same_logical_name_below_another_parent_gets_another_name(project: Project) -> None:
    project.program(
        """
        class Group(pulumi.ComponentResource):
            def __init__(self, kind, name):
                super().__init__(f"shop:index:{kind}", name)
                agb.Context("data", opts=ResourceOptions(parent=self))
        Group("A", "a")
        Group("B", "b")
        agb.Context("data")
        """
    )
    project.up()
    assert len(project.contexts) == 3
    assert {name.partition("-")[0] for name in project.contexts} == {"data"}
    project.settle()


def test_an_edit_is_previewed_by_file_and_only_that_file_is_uploaded(project: Project) -> None:
    project.write("seed/a.txt", "one")
    project.write("seed/b.txt", "two")
    project.program("agb.Context('data', name='data', files=agb.files_from('seed'))")
    project.up()
    project.write("seed/a.txt", "edited")
    since = len(project.server.requests)
    plan = project.stack().preview()
    assert plan.change_summary == {"update": 1, "same": 1}
    assert project.server.requests[since:] == []
    project.up()
    assert [record.path for record in project.server.requests[since:] if record.operation == "Upload"] == ["/a.txt"]
    project.settle()


def test_a_changed_trigger_replaces_and_dependents_get_the_new_id(project: Project) -> None:
    project.program(
        """
        version = pulumi.Config().require("version")
        data = agb.Context("data", name="data", files={"/a": "x"}, clear_triggers=[version])
        pulumi.export("id", data.id)
        """
    )
    first = project.up(version="1").outputs["id"].value
    result = project.up(version="2")
    assert result.summary.resource_changes == {"replace": 1, "same": 1}
    assert result.outputs["id"].value != first
    assert project.contexts == {"data": result.outputs["id"].value}
    project.settle()


def test_values_unknown_in_the_preview_are_planned_and_resolved_in_the_update(project: Project) -> None:
    project.program(
        """
        first = agb.Context("first", name="first", files={"/a": pulumi.Config().get("content") or "x"})
        agb.Context("second", name=first.id.apply(lambda id: f"after-{id}"),
                    files={"/nested": pulumi.Output.concat("id ", first.id), "/plain": "y"},
                    clear_triggers=[{"deep": [first.id]}])
        """
    )
    assert project.stack().preview().change_summary == {"create": 3}
    project.up()
    first = project.contexts["first"]
    assert project.files(f"after-{first}") == {"/nested": f"id {first}".encode(), "/plain": b"y"}
    project.settle()


def test_a_trigger_unknown_in_the_preview_is_shown_as_a_replace_and_decided_by_its_value(project: Project) -> None:
    project.program(
        """
        content = pulumi.Config().require("content")
        first = agb.Context("first", name="first", files={"/a": content})
        agb.Context("second", name="second", clear_triggers=[first.generation])
        """
    )
    project.up(content="1")
    second = project.contexts["second"]
    stack = project.stack()
    stack.set_config("content", ConfigValue("2"))
    assert stack.preview().change_summary == {"update": 1, "replace": 1, "same": 1}
    stack.up()
    assert project.contexts["second"] == second


def test_the_state_is_small_portable_and_has_a_stable_provider(project: Project) -> None:
    project.write("seed/a.txt", "content of a file asset")
    project.program("agb.Context('data', name='data', files=agb.files_from('seed'), clear_triggers=['v'])")
    project.up()
    [state] = [r for r in _resources(project) if r["type"].endswith("agbcontext:Context")]
    assert state["type"] == "pulumi-python:dynamic/agbcontext:Context"
    provider = "gASVPQAAAAAAAACMInB1bHVtaV9hZ2Jjb250ZXh0LmR5bmFtaWMucHJvdmlkZXKUjA9Db250ZXh0UHJvdmlkZXKUk5QpgZQu"
    assert state["inputs"]["__provider"] == state["outputs"]["__provider"] == provider
    for properties in (state["inputs"], state["outputs"]):
        assert all("_" not in key for key in properties if not key.startswith("__"))
        [entry] = properties["files"].values()
        assert entry.split(":", 2)[2] == "file:seed/a.txt"
    text = json.dumps(state)
    assert str(project.directory) not in text
    assert "content of a file asset" not in text


def _resources(project: Project) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = project.stack().export_stack().deployment["resources"]
    return resources


def test_the_same_program_in_another_directory_shows_no_change(project: Project, tmp_path: Path) -> None:
    project.write("seed/a.txt", "x")
    project.program("agb.Context('data', name='data', files=agb.files_from(pathlib.Path(__file__).parent / 'seed'))")
    project.up()
    exported = project.stack().export_stack()
    project.directory.rename(tmp_path / "elsewhere")
    project.directory = tmp_path / "elsewhere"
    project.stack().import_stack(exported)
    project.settle()


def test_a_program_in_a_subdirectory_finds_its_files(project: Project) -> None:
    yaml = (project.directory / "Pulumi.yaml").read_text()
    project.write("Pulumi.yaml", yaml + "main: src/\n")
    project.write("src/seed/a.txt", "x")
    project.write(
        "src/__main__.py", "import pulumi_agbcontext as agb\nagb.Context('d', name='d', files=agb.files_from('seed'))"
    )
    project.up()
    assert project.files("d") == {"/a.txt": b"x"}
    project.settle()


def test_secrets_are_unencrypted_in_no_state_and_in_no_output(project: Project) -> None:
    project.program(
        """
        secret = pulumi.Config().require_secret("password")
        secrets = {"/env": secret, "/const": "canary-2"}
        data = agb.Context("data", name="data", files={"/plain": "p"}, secret_files=secrets)
        pulumi.export("secret_files", data.secret_files)
        pulumi.export("files", data.files)
        """
    )
    result = project.up(password=ConfigValue("canary-1", secret=True))
    assert project.files("data") == {"/plain": b"p", "/env": b"canary-1", "/const": b"canary-2"}
    assert result.outputs["secret_files"].secret
    assert not result.outputs["files"].secret
    on_disk = "".join(path.read_text(errors="replace") for path in _state_files(project))
    assert len(on_disk) > 1000
    for canary in ("canary-1", "canary-2"):
        assert canary not in on_disk + result.stdout + result.stderr
    project.settle()


def _state_files(project: Project) -> list[Path]:
    directories = [project.directory / ".pulumi-test", project.directory.parent / "backend"]
    return [path for directory in directories for path in directory.rglob("*") if path.is_file()]


def test_refresh_shows_drift_by_file_and_up_repairs_only_it(project: Project) -> None:
    project.program("agb.Context('data', name='data', files={'/a': 'one', '/b': 'two'})")
    project.up()
    project.stack().refresh(expect_no_changes=True)
    project.server.remove_file(KEY, project.contexts["data"], "/a")
    shown = project.stack().refresh()
    assert shown.summary.resource_changes["update"] == 1
    since = len(project.server.requests)
    assert project.up().summary.resource_changes["update"] == 1
    assert [record.path for record in project.server.requests[since:] if record.operation == "Upload"] == ["/a"]
    project.settle()


def test_a_deleted_context_is_recreated(project: Project) -> None:
    project.program("agb.Context('data', name='data', files={'/a': 'one'})")
    project.up()
    project.server.reset()
    project.stack().refresh()
    project.up()
    assert project.files("data") == {"/a": b"one"}


def test_destroy_leaves_nothing(project: Project) -> None:
    project.program("agb.Context('data', files={'/a': 'one'}); agb.Context('more')")
    project.up()
    project.stack().destroy()
    assert project.contexts == {}


@pytest.mark.parametrize(
    ("arguments", "property_name", "words"),
    [
        ("name=''", "name", "must not be empty"),
        ("name='x' * 256", "name", "at most 255 characters"),
        ("files={'data/a': 'x'}", 'files["data/a"]', 'use "/data/a"'),
        ("files={'/a': pulumi.FileAsset('none.txt')}", 'files["/a"]', "none.txt does not exist"),
        ("files={'/': pulumi.FileArchive('empty')}", 'files["/"]', "contains no files"),
        ("files={'/a': pulumi.RemoteAsset('http://169.254.169.254/x?sig=canary')}", 'files["/a"]', "link-local"),
        ("files={'/a': 3}", 'files["/a"]', "got a number"),
        ("drift_check='often'", "driftCheck", "'size', 'content' or 'none'"),
    ],
)
def test_invalid_input_is_a_one_line_error_of_the_preview_that_names_the_property(
    project: Project, arguments: str, property_name: str, words: str
) -> None:
    (project.directory / "empty").mkdir()
    project.program(f"agb.Context('data', {arguments})")
    message = _failure(lambda: project.stack().preview())
    [line] = {line.partition("resource 'data' ")[2] for line in message.splitlines() if "has a problem" in line}
    assert line.startswith(f"has a problem: {property_name}: ")
    assert words in line
    assert "canary" not in message
    assert project.server.requests == []


@pytest.mark.parametrize(
    "resource",
    [
        "agb.Context('data', secret_files='CANARY')",
        "agb.Context('data', files=['CANARY'])",
        "agb.Context('data', clear_triggers=pulumi.Output.secret('CANARY'))",
        "agb.ContextFile('data', context_id='c', path='/a', content_base64=pulumi.Output.secret('CANARY!'))",
        "agb.ContextFile('data', context_id='c', path='/a', content='CANARY', source='a.txt')",
    ],
)
def test_a_refused_secret_or_content_is_not_shown(project: Project, resource: str) -> None:
    project.program(resource)
    message = _failure(lambda: project.stack().preview())
    assert "has a problem: " in message
    assert "CANARY" not in message


def _failure(operation: Any) -> str:
    with pytest.raises(CommandError) as caught:
        operation()
    return str(caught.value)


@pytest.mark.parametrize(
    ("environment", "property_name", "words"),
    [
        ({"AGB_API_KEY": ""}, "agbcontext:apiKey", "pulumi config set --secret agbcontext:apiKey"),
        ({"AGB_ENDPOINT": "http://example.com"}, "agbcontext:endpoint", "plain http"),
    ],
)
def test_invalid_configuration_is_a_one_line_error_of_the_preview(
    project: Project, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], property_name: str, words: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    project.program("agb.Context('data')")
    message = _failure(lambda: project.stack().preview())
    [line] = {line.partition("resource 'data' ")[2] for line in message.splitlines() if "has a problem" in line}
    assert line.startswith(f"has a problem: {property_name}: ")
    assert words in line


@pytest.mark.parametrize("directory", ["nowhere", "empty"])
def test_files_from_with_a_missing_or_empty_directory_is_a_one_line_error(project: Project, directory: str) -> None:
    (project.directory / "empty").mkdir()
    project.program(f"agb.Context('data', files=agb.files_from('{directory}'))")
    message = _failure(lambda: project.stack().preview())
    assert f"files_from('{directory}'): directory " in message
    assert "Traceback" not in message


def test_an_existing_context_is_a_one_line_error_without_a_traceback(project: Project) -> None:
    theirs = ContextService(Account(project.server.url, KEY)).create("taken").context
    assert theirs is not None
    project.server.put_file(KEY, theirs.id, "/a", b"x")
    project.program("agb.Context('data', name='taken', files={'/b': 'y'})")
    message = _failure(project.up)
    said = f"error: Context 'taken' already exists ({theirs.id}, created just now): it contains files and has no owner"
    lines = [line.strip() for line in message.splitlines() if said in line]
    assert any(line.endswith("choose another name, or delete the context.") for line in lines)
    if project.engine == "test":  # the CLI's language host may add the traceback of its interrupted program
        assert "Traceback" not in message
    assert project.files("taken") == {"/a": b"x"}


def test_a_second_state_of_the_same_stack_adopts_nothing(project: Project) -> None:
    """Guard against 0.1, in which another state of the same project, stack and key adopted and destroyed a context."""
    program = (
        "agb.Context('data', files={'/a': 'CONTENT'}); agb.Context('named', name='named', files={'/a': 'CONTENT'})"
    )
    project.program(program.replace("CONTENT", "first"))
    project.up()
    first = project.stack().export_stack()
    held = {name: project.files(name) for name in project.contexts}
    project.forget_state()
    project.program(program.replace("CONTENT", "second"))
    message = _failure(project.up)
    assert "belongs to resource 'data' of stack dev in project shop" in message
    project.stack().destroy()
    assert {name: project.files(name) for name in project.contexts} == held
    project.stack().import_stack(first)
    project.program(program.replace("CONTENT", "third"))
    assert project.up().summary.resource_changes == {"update": 2, "same": 1}


def test_a_server_that_is_down_is_reported_with_its_endpoint(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", "http://127.0.0.1:9")
    project.program("agb.Context('data')")
    message = _failure(project.up)
    assert "http://127.0.0.1:9" in message
    assert "Connection refused" in message


def test_a_failed_update_names_the_remedy(project: Project) -> None:
    project.program("agb.Context('data', name='data', files={'/a': 'x'})")
    project.up()
    project.server.fault("Upload", "status", status=400)
    project.program("agb.Context('data', name='data', files={'/a': 'y'})")
    assert "pulumi up --refresh" in _failure(project.up)
    project.up()
    assert project.files("data") == {"/a": b"y"}
    project.settle()


def test_the_configuration_of_the_stack_overrides_the_environment(
    project: Project, agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_API_KEY", "another")
    monkeypatch.setenv("AGB_ENDPOINT", "http://127.0.0.1:9")
    project.program("agb.Context('data', name='data')")
    stack = project.stack()
    stack.set_config("agbcontext:apiKey", ConfigValue(KEY, secret=True))
    stack.set_config("agbcontext:endpoint", ConfigValue(agb_server.url))
    stack.up()
    assert list(project.contexts) == ["data"]


def test_a_preview_with_refresh_shows_no_drift_if_a_context_was_only_used(project: Project) -> None:
    project.program("agb.Context('data', name='data', files={'/a': 'one'}, clear_triggers=['v1'])")
    project.up()
    project.server.set_state(project.contexts["data"], "in-use")
    project.server.put_file(KEY, project.contexts["data"], "/agent", b"theirs")
    plan = project.stack().preview(refresh=True, expect_no_changes=True)
    assert set(plan.change_summary) == {"same"}


def test_a_preview_with_refresh_shows_drift(project: Project) -> None:
    project.program("agb.Context('data', name='data', files={'/a': 'one'})")
    project.up()
    project.server.remove_file(KEY, project.contexts["data"], "/a")
    with pytest.raises(CommandError, match="no changes were expected"):
        project.stack().preview(refresh=True, expect_no_changes=True)


def test_adopt_manages_an_existing_context_and_keeps_its_files(project: Project) -> None:
    project.program(
        "agb.Context('data', name='data', files={'/theirs': 'x'}, opts=ResourceOptions(retain_on_delete=True))"
    )
    project.up()
    before = project.contexts
    project.program("")
    project.up()
    project.program("agb.Context('new', name='data', files={'/ours': 'y'}, adopt=True, clear_triggers=['v1'])")
    project.up()
    assert project.contexts == before
    assert project.files("data") == {"/theirs": b"x", "/ours": b"y"}
    project.settle()


def test_with_clear_in_place_a_changed_trigger_clears_and_seeds_the_same_context(project: Project) -> None:
    project.program(
        """
        data = agb.Context("data", name="data", files={"/a": "x"}, clear_in_place=True,
                           clear_triggers=[pulumi.Config().require("version")])
        pulumi.export("generation", data.generation)
        """
    )
    project.up(version="1")
    before = project.contexts
    project.server.put_file(KEY, before["data"], "/agent", b"old")
    result = project.up(version="2")
    assert result.summary.resource_changes == {"update": 1, "same": 1}
    assert result.outputs["generation"].value == 2
    assert project.contexts == before
    assert project.files("data") == {"/a": b"x"}


def test_a_long_seeding_shows_its_progress_and_then_removes_it(project: Project) -> None:
    project.server.behave(latency=0.1)
    project.program("agb.Context('data', name='data', files={f'/{n}': 'x' for n in range(400)})")
    lines: list[str] = []
    result = project.stack().up(on_output=lines.append)
    assert len(project.files("data")) == 400
    if project.engine == "test":
        assert "uploading" not in result.stdout + result.stderr
    else:
        assert any("data: uploading " in line and "of 400 files" in line for line in lines)
        assert "uploading" not in result.stdout.partition("Resources:")[2] + result.stderr


def test_a_name_that_is_no_longer_given_is_kept_through_a_replacement(project: Project) -> None:
    project.program("agb.Context('data', name='given', clear_triggers=['v1'])")
    project.up()
    project.program("agb.Context('data', clear_triggers=['v1'])")
    project.up()
    project.program("agb.Context('data', clear_triggers=['v2'])")
    project.up()
    assert list(project.contexts) == ["given"]


def test_a_directory_among_the_triggers_clears_when_one_of_its_files_changes(project: Project) -> None:
    project.write("data/v", "1")
    project.program(
        "agb.Context('data', name='data', clear_triggers=[pathlib.Path('data'), pulumi.FileAsset('data/v')])"
    )
    project.up()
    before = project.contexts["data"]
    project.write("data/v", "2")
    project.up()
    assert project.contexts["data"] != before
