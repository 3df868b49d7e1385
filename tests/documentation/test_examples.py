"""Tests that every example works as its README describes, on either engine."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.automation import CommandError

from pulumi_agbcontext.testing import LocalServer
from pulumi_agbcontext.testing.engine.real import real_environment
from tests.holding import holds

EXAMPLES = Path(__file__).parents[2] / "examples"
TESTED_ELSEWHERE = {
    "agents": "documentation/test_agents.py::test_an_agent_reads_the_seed_and_the_next_up_keeps_what_it_writes",
    "import": "plugin/test_cli.py::test_the_import_example_runs",
    "quickstart": "resources/test_quickstart.py::test_the_walk_through_of_the_quickstart_passes",
    "testing": "engine/test_example.py::test_the_tests_of_the_example_project_pass",
    "typescript": "plugin/test_installing.py::test_the_typescript_example_passes_the_strict_compiler_and_runs",
    "yaml": "plugin/test_cli.py::test_the_yaml_example_runs",
}
OpenStack = Callable[..., Any]

on_both_engines = pytest.mark.parametrize(
    "agb_engine", ["test", pytest.param("cli", marks=pytest.mark.pulumi_cli)], ids=["test engine", "CLI"]
)


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that copies an example, so that a test can edit it."""

    def copy(name: str) -> Path:
        return shutil.copytree(EXAMPLES / name, tmp_path / "examples" / name)

    return copy


@on_both_engines
@pytest.mark.parametrize(("name", "greeting"), [("dev", b"This is a test environment."), ("prod", b"Good day!")])
def test_each_environment_has_a_separate_context(
    agb_stack: OpenStack, agb_server: LocalServer, agb_api_key: str, name: str, greeting: bytes
) -> None:
    directory = EXAMPLES / "agent-workspace"
    settings = yaml.safe_load((directory / f"Pulumi.{name}.yaml").read_text())["config"]
    stack = agb_stack(directory, name, settings)  # the test engine does not read Pulumi.<stack>.yaml
    outputs = stack.up().outputs
    [context] = agb_server.contexts(agb_api_key)
    assert (context["name"], context["id"]) == (f"support-agent-{name}", outputs["context_id"].value)
    held = holds(agb_server, agb_api_key, context["id"])
    assert (set(held), held["/greeting.txt"]) == ({"/prompt.md", "/greeting.txt"}, greeting)
    if name == "prod":
        with pytest.raises(CommandError, match="protect"):
            stack.destroy()
    else:
        stack.destroy()
    assert len(agb_server.contexts(agb_api_key)) == (name == "prod")


@on_both_engines
def test_the_drift_check_fails_on_a_changed_file_and_not_on_notes(
    agb_stack: OpenStack, agb_server: LocalServer, agb_api_key: str
) -> None:
    stack = agb_stack(EXAMPLES / "drift-check")
    context_id = stack.up().outputs["context_id"].value
    agb_server.put_file(agb_api_key, context_id, "/notes/1.md", b"a note of an agent")
    stack.preview(refresh=True, expect_no_changes=True)
    agb_server.put_file(agb_api_key, context_id, "/rules/refunds.md", b"Refunds above 90 need a person.")
    with pytest.raises(CommandError):
        stack.preview(refresh=True, expect_no_changes=True)
    stack.up(refresh=True)
    assert holds(agb_server, agb_api_key, context_id)["/rules/refunds.md"] == b"Refunds above 50 need a person."
    stack.preview(refresh=True, expect_no_changes=True)


@pytest.mark.pulumi_cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
def test_the_drift_check_names_the_files(
    example: Callable[[str], Path], agb_server: LocalServer, tmp_path: Path
) -> None:
    directory = example("drift-check")
    environment = _environment(tmp_path, agb_server)

    def pulumi(command: str) -> subprocess.CompletedProcess[str]:
        arguments = ["pulumi", *shlex.split(command), "--non-interactive", "--cwd", str(directory)]
        return subprocess.run(arguments, env=environment, check=False, capture_output=True, text=True, timeout=60)

    for command in ("stack init prod", "up --yes --skip-preview"):
        assert pulumi(command).returncode == 0
    [context] = agb_server.contexts("key")
    agb_server.put_file("key", context["id"], "/rules/refunds.md", b"Refunds above 90 need a person.")
    agb_server.remove_file("key", context["id"], "/rules/privacy.md")
    [check] = [line for line in _commands(directory / "github-actions.yml") if line.startswith("pulumi")]
    done = pulumi(check.removeprefix("pulumi ").replace(" --non-interactive", ""))
    assert done.returncode != 0
    lines = [line.strip().partition(":")[0] for line in done.stdout.splitlines()]
    assert "~ /rules/refunds.md" in lines
    assert "- /rules/privacy.md" in lines


@on_both_engines
def test_a_new_version_of_the_data_set_clears_the_same_context(
    example: Callable[[str], Path],
    agb_stack: OpenStack,
    agb_server: LocalServer,
    agb_api_key: str,
    agb_engine: str,
    tmp_path: Path,
) -> None:
    agb_server.behave(clear_seconds=0.1)
    stack = agb_stack(example("new-dataset"))
    [directory] = tmp_path.glob("new-dataset-*/project" if agb_engine == "cli" else "examples/new-dataset")
    outputs = stack.up().outputs
    context_id = outputs["context_id"].value
    agb_server.put_file(agb_api_key, context_id, "/derived.csv", b"made by an agent")
    (directory / "dataset" / "orders.csv").write_text("order,state\n1017,returned\n")
    assert stack.up().outputs["generation"].value == 1
    assert "/derived.csv" in holds(agb_server, agb_api_key, context_id)
    manifest = directory / "dataset" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("2026-10", "2026-11"))
    assert stack.up().outputs["generation"].value == 2
    assert set(holds(agb_server, agb_api_key, context_id)) == {"/manifest.json", "/orders.csv"}


def test_a_stack_writes_into_the_context_of_another_that_configuration_names(
    agb_stack: OpenStack, agb_server: LocalServer, agb_api_key: str
) -> None:
    owner = agb_stack(EXAMPLES / "shared-context" / "owner", "owner")
    context_id = owner.up().outputs["context_id"].value
    writer = agb_stack(EXAMPLES / "shared-context" / "writer", "writer", {"context_id": context_id})
    writer.up()
    assert set(holds(agb_server, agb_api_key, context_id)) == {"/house-rules.md", "/prices.csv"}
    owner.preview(refresh=True, expect_no_changes=True)
    owner.destroy()
    writer.destroy()
    assert agb_server.contexts(agb_api_key) == []


@pytest.mark.pulumi_cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
def test_a_stack_writes_into_the_context_of_another_that_it_refers_to(
    example: Callable[[str], Path], agb_server: LocalServer, tmp_path: Path
) -> None:
    directory = example("shared-context")
    environment = _environment(tmp_path, agb_server)

    def pulumi(project: str, *arguments: str) -> None:
        command = ["pulumi", *arguments, "--non-interactive", "--cwd", str(directory / project)]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)

    for project in ("owner", "writer"):
        pulumi(project, "stack", "init", "dev")
        if project == "writer":
            pulumi("writer", "config", "set", "owner", "organization/knowledge/dev")
        pulumi(project, "up", "--yes", "--skip-preview")
    [context] = agb_server.contexts("key")
    assert set(holds(agb_server, "key", context["id"])) == {"/house-rules.md", "/prices.csv"}


@pytest.mark.pulumi_cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
def test_a_pull_request_gets_an_environment_that_is_destroyed_with_it(
    example: Callable[[str], Path], agb_server: LocalServer, tmp_path: Path
) -> None:
    directory = example("pull-requests")
    environment = _environment(tmp_path, agb_server)

    def run(*arguments: str) -> str:
        command = [sys.executable, str(directory / "environment.py"), *arguments]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60)
        lines = done.stderr.splitlines()
        assert "Resources:" in lines, "the CLI does not print its lines separately"
        return done.stdout

    outputs = json.loads(run("up", "pr-123"))
    [context] = agb_server.contexts("key")
    assert outputs == {"context_id": context["id"], "name": "support-agent-pr-123"}
    assert json.loads(run("up", "pr-123")) == outputs
    run("down", "pr-123")
    assert agb_server.contexts("key") == []
    assert "ClearContext" in {record.operation for record in agb_server.requests}
    run("down", "pr-123")


def test_the_environment_of_a_pull_request_on_the_test_engine(
    agb_stack: OpenStack, agb_server: LocalServer, agb_api_key: str
) -> None:
    stack = agb_stack(EXAMPLES / "pull-requests", "pr-7")
    stack.up()
    assert [context["name"] for context in agb_server.contexts(agb_api_key)] == ["support-agent-pr-7"]
    stack.destroy()
    assert agb_server.contexts(agb_api_key) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["up", "pr-123"], "needs the Pulumi CLI"),
        (["down", "prod"], "usage"),
        ([], "usage"),
    ],
)
def test_the_script_names_its_requirements(arguments: list[str], says: str, tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "pull-requests" / "environment.py"), *arguments]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("file", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_pipelines_run_the_commands_that_these_tests_run(file: str) -> None:
    drift = [command for command in _commands(EXAMPLES / "drift-check" / file) if command.startswith("pulumi")]
    assert [shlex.split(command) for command in drift] == [
        ["pulumi", "preview", "--stack", "prod", "--refresh", "--expect-no-changes", "--diff", "--non-interactive"]
    ]
    text = " ".join(_commands(EXAMPLES / "pull-requests" / file))
    assert "python environment.py" in text
    assert "pr-$" in text
    assert "down" in text


def test_every_example_is_tested_and_listed() -> None:
    here = Path(__file__).read_text("utf-8")
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    for directory in sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert f"]({directory})" in readme
        if directory in TESTED_ELSEWHERE:
            file, _, test = TESTED_ELSEWHERE[directory].partition("::")
            assert f"def {test}" in (Path(__file__).parents[1] / file).read_text("utf-8")
        else:
            assert f'"{directory}"' in here


def _environment(scratch: Path, server: LocalServer) -> dict[str, str]:
    return {
        **os.environ,
        **real_environment(scratch, "a passphrase for tests"),
        "AGB_ENDPOINT": server.url,
        "AGB_API_KEY": "key",
    }


def _commands(file: Path) -> list[str]:
    """Return every shell command of a pipeline file of GitHub or GitLab."""

    def below(value: Any) -> list[str]:
        if isinstance(value, list):
            return [command for item in value for command in below(item)]
        if not isinstance(value, dict):
            return []
        own = [value["run"]] if isinstance(value.get("run"), str) else []
        scripts = [*value.get("before_script", []), *value.get("script", [])]
        return own + scripts + [command for item in value.values() for command in below(item)]

    return below(yaml.safe_load(file.read_text("utf-8")))
