"""Tests of the command line, a thin layer over the stack: its output, its stored settings and its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pulumi_agbcontext.testing.__main__ import main
from pulumi_agbcontext.testing.engine.cli import COMMANDS

from .conftest import Workshop
from .engines import PASSPHRASE


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)


def test_up_previews_first_and_prints_the_summary_of_the_cli(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.program("a = Box('a', label='a'); pulumi.export('id', a.id); pulumi.export('s', Output.secret('hush'))")
    assert main(["up", str(workshop.directory)]) == 0
    printed = capsys.readouterr().out
    preview, update = printed.split("Updating (dev):")
    assert "Previewing update (dev):" in preview
    assert "+ 2 to create" in preview
    assert " +  pulumi-python:dynamic/boxes:Box a created" in update
    assert '+ id: "box-a-0"' in update
    assert "+ s : [secret]" in update
    assert "+ 2 created" in update
    assert "Duration: " in update
    assert "hush" not in printed


def test_configuration_is_kept_for_later_commands(workshop: Workshop) -> None:
    directory = str(workshop.directory)
    workshop.program("c = pulumi.Config(); Box('a', label=c.require('label'), content=c.require_secret('s'))")
    assert main(["up", directory, "--skip-preview", "--config", "label=shoes", "--secret", "boxes:s=hush"]) == 0
    assert main(["preview", directory, "--expect-no-changes"]) == 0
    assert workshop.labels == ["shoes"]
    kept = (workshop.directory / ".pulumi-test" / "dev.yaml").read_text()
    assert "boxes:label: shoes" in kept
    assert "hush" not in kept


def test_every_command_reports_a_failure_with_its_exit_code(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = str(workshop.directory)
    workshop.program("Box('a', label='broken')")
    assert main(["preview", directory]) == 1
    assert main(["up", directory]) == 1
    assert workshop.boxes == {}
    workshop.program("Box('a', label='stuck')")
    assert main(["up", directory, "--skip-preview"]) == 0
    assert main(["destroy", directory]) == 1
    assert "error: destroy failed" in capsys.readouterr().err


def test_the_state_is_stored_at_the_given_path(workshop: Workshop, tmp_path: Path) -> None:
    directory, state = str(workshop.directory), str(tmp_path / "elsewhere" / "state.json")
    workshop.program("Box('a', label='a')")
    assert main(["up", directory, "--skip-preview", "--state", state, "--stack", "prod"]) == 0
    assert not (workshop.directory / ".pulumi-test").exists()
    assert "urn:pulumi:prod::boxes" in Path(state).read_text()
    assert main(["destroy", directory, "--state", state, "--stack", "prod"]) == 0
    assert workshop.boxes == {}


def test_export_encrypts_secrets_unless_show_secrets_is_set(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = str(workshop.directory)
    workshop.program("pulumi.export('s', Output.secret('hush'))")
    assert main(["up", directory, "--skip-preview"]) == 0
    capsys.readouterr()
    assert main(["export", directory]) == 0
    hidden = capsys.readouterr().out
    assert json.loads(hidden)["version"] == 3
    assert "hush" not in hidden
    assert main(["export", directory, "--show-secrets"]) == 0
    assert "hush" in capsys.readouterr().out


def _help(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_help_describes_each_command_and_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _help(capsys)
    described = dict(re.findall(r"^    (\w+) +(\w.+)$", shown, re.MULTILINE))
    assert set(described) == {"serve", *COMMANDS}
    assert "examples:" in shown


@pytest.mark.parametrize("command", ["serve", *COMMANDS])
def test_the_help_of_a_command_describes_each_option_and_shows_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = _help(capsys, command)
    options = re.findall(r"^  (?:-h, )?(--[\w-]+)(?: [\w=]+)?(\s+\w.*)?$", shown, re.MULTILINE)
    assert len(options) >= 7
    assert [option for option, text in options if not text.strip()] == []
    assert re.search(rf"^examples?:\n  python -m pulumi_agbcontext.testing {command} ", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ["up"],
        ["up", ".", "--parallel", "0"],
        ["up", ".", "--timeout", "soon"],
        ["deploy", "."],
        ["up", ".", "--target", "x"],
        ["up", ".", "--config", "novalue"],
        ["refresh", ".", "--yes"],
    ],
)
def test_an_unknown_argument_on_the_command_line_is_an_error(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_directory_without_a_project_is_an_error_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", str(tmp_path)]) == 1
    assert f"no Pulumi.yaml in {tmp_path}" in capsys.readouterr().err
