"""Tests that state can be exchanged between the test engine and the Pulumi CLI and keeps its secrets."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest
from pulumi.automation import CommandError, ConfigValue, Deployment
from pulumi.automation import Stack as RealStack

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.real import find_cli, real_environment

from .conftest import Workshop
from .engines import PASSPHRASE

PROGRAM = """
a = Box('a', label='a', content={'told': 1, 'kept': Output.secret(['hush'])}, trigger=1)
b = Box('b', ResourceOptions(protect=True, custom_timeouts=pulumi.CustomTimeouts(create='5m')), label=a.id)
Crate('c', label='c', trigger=2.5)
pulumi.export('id', a.id)
pulumi.export('secret', a.content)
"""
EMPTY = {"same": 5}

needs_cli = pytest.mark.skipif(find_cli() is None, reason="NOT RUN: there is no pulumi on PATH")


def _cli(workshop: Workshop, *arguments: str) -> str:
    environment = real_environment(workshop.directory.parent, PASSPHRASE)
    command = ["pulumi", *arguments, "--stack", "dev", "--non-interactive"]
    done = subprocess.run(
        command,
        cwd=workshop.directory,
        env={**environment, "BOXES": str(workshop.shelf)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_cli
@pytest.mark.pulumi_cli
def test_the_pulumi_cli_imports_our_state_file_and_plans_no_change(workshop: Workshop) -> None:
    workshop.program(PROGRAM)
    workshop.stack().up()
    real: RealStack = workshop.stack("cli")
    state = workshop.directory / ".pulumi-test" / "dev.json"
    assert "hush" not in state.read_text()
    _cli(workshop, "stack", "import", "--file", str(state))
    assert real.preview(expect_no_changes=True).change_summary == EMPTY
    assert real.outputs()["secret"].value == {"told": 1, "kept": ["hush"]}


@needs_cli
@pytest.mark.pulumi_cli
@pytest.mark.parametrize("show_secrets", [True, False])
def test_the_test_engine_imports_an_export_of_the_pulumi_cli_and_plans_no_change(
    workshop: Workshop, show_secrets: bool
) -> None:
    workshop.program(PROGRAM)
    workshop.stack("cli").up()
    shown = ["--show-secrets"] if show_secrets else []
    exported = json.loads(_cli(workshop, "stack", "export", *shown))
    stack = workshop.stack()
    stack.import_stack(Deployment(exported["version"], exported["deployment"]))
    assert stack.preview(expect_no_changes=True).change_summary == EMPTY
    assert stack.outputs()["secret"].value == {"told": 1, "kept": ["hush"]}
    assert "hush" not in (workshop.directory / ".pulumi-test" / "dev.json").read_text()


def test_an_export_can_be_imported_on_another_machine(workshop: Workshop, tmp_path: Path) -> None:
    workshop.program(PROGRAM)
    exported = workshop.stack()
    exported.up()
    other = Stack(workshop.directory, state=tmp_path / "other.json", passphrase="another")
    other.import_stack(exported.export_stack())
    assert other.preview(expect_no_changes=True).change_summary == EMPTY


def test_an_encrypted_export_needs_its_passphrase(workshop: Workshop, tmp_path: Path) -> None:
    workshop.program(PROGRAM)
    stack = workshop.stack()
    stack.up()
    encrypted = stack.export_stack(show_secrets=False)
    assert "hush" not in json.dumps(encrypted.deployment)
    other = Stack(workshop.directory, state=tmp_path / "other.json", passphrase="another")
    with pytest.raises(CommandError, match="incorrect passphrase"):
        other.import_stack(encrypted)


def test_a_missing_passphrase_is_generated_and_readable_only_by_its_owner(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    workshop.program("pulumi.export('s', pulumi.Config().require_secret('s'))")
    Stack(workshop.directory).set_config("s", ConfigValue("hush", secret=True))
    assert Stack(workshop.directory).up().outputs["s"].value == "hush"
    kept = workshop.directory / ".pulumi-test"
    assert stat.S_IMODE((kept / "dev.passphrase").stat().st_mode) == 0o600
    assert "hush" not in "".join(file.read_text() for file in kept.iterdir())
    assert (kept / ".gitignore").read_text() == "*\n"


def test_the_stack_of_another_project_is_refused(workshop: Workshop, tmp_path: Path) -> None:
    workshop.program("pass")
    stack = workshop.stack()
    stack.up()
    exported = stack.export_stack()
    (workshop.directory / "Pulumi.yaml").write_text("name: crates\nruntime: python\n")
    with pytest.raises(CommandError, match="belongs to another stack or project"):
        Stack(workshop.directory, state=tmp_path / "other.json", passphrase=PASSPHRASE).import_stack(exported)


@pytest.mark.parametrize(
    ("deployment", "reason"),
    [
        (Deployment(2, {}), "only version 3 is supported"),
        (Deployment(3, {"secrets_providers": {"type": "service"}}), "--show-secrets"),
        (
            Deployment(3, {"resources": [{"urn": "u", "type": "t", "custom": True, "taint": True}]}),
            "does not support taint",
        ),
    ],
)
def test_a_state_of_an_unknown_format_is_refused(workshop: Workshop, deployment: Deployment, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        workshop.stack().import_stack(deployment)


def test_a_state_file_that_is_broken_is_an_error_that_names_it(workshop: Workshop) -> None:
    workshop.program("pass")
    state = workshop.directory / ".pulumi-test" / "dev.json"
    state.parent.mkdir()
    state.write_text("{")
    with pytest.raises(CommandError, match=r"dev\.json is not a state file"):
        workshop.stack().up()
