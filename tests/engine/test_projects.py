"""Tests of project layouts on both engines: the location of the program and the settings of Pulumi.yaml."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.testing import LocalServer, Stack

from .conftest import Workshop
from .engines import PASSPHRASE


def _lay_out(workshop: Workshop, settings: str) -> None:
    runtime = f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (workshop.directory / "Pulumi.yaml").write_text(f"name: boxes\n{runtime}\n{settings}\n")


def test_a_program_in_a_subdirectory_runs_there_and_so_do_its_providers(workshop: Workshop, engine: str) -> None:
    source = workshop.directory / "src"
    source.mkdir()
    workshop.program("import os; Box('a', label='a', content=os.getcwd())")
    for name in ("__main__.py", "boxes.py"):
        (workshop.directory / name).rename(source / name)
    _lay_out(workshop, "main: src/")
    workshop.stack(engine).up()
    assert [box["content"] for box in workshop.boxes.values()] == [str(source)]
    assert {event["directory"] for event in workshop.events("configure")} == {str(source)}


def test_a_program_can_be_a_file(workshop: Workshop, engine: str) -> None:
    program = (
        "import pulumi; pulumi.export('of', [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])"
    )
    (workshop.directory / "app.py").write_text(program)
    _lay_out(workshop, "main: app.py")
    assert workshop.stack(engine).up().outputs["of"].value == ["boxes", "dev", "organization"]


def test_the_configuration_of_a_stack_overrides_that_of_the_project(workshop: Workshop, engine: str) -> None:
    _lay_out(
        workshop,
        "config: {boxes:label: {default: shoes}, boxes:size: {type: integer, default: 4}, 'other:x': {value: y}}",
    )
    workshop.program("c = pulumi.Config(); Box('a', label=f\"{c.require('label')} {c.require_int('size')}\")")
    workshop.stack(engine).up()
    assert workshop.labels == ["shoes 4"]


def test_the_output_of_a_program_and_a_provider_is_shown(workshop: Workshop, engine: str) -> None:
    workshop.program("print('said by the program'); Box('a', label='a', says='said by the provider')")
    printed = workshop.stack(engine).up().stdout
    assert "said by the program" in printed
    assert "said by the provider" in printed


def test_operations_run_in_parallel(workshop: Workshop) -> None:
    workshop.program("for i in range(4): Box(f'b{i}', label=f'b{i}', seconds=2)")
    workshop.stack().up()
    begun = [event["time"] for event in workshop.events("create")]
    assert max(begun) - min(begun) < 1.5


def test_operations_run_one_at_a_time_with_parallel_1(workshop: Workshop) -> None:
    workshop.program("for i in range(3): Box(f'b{i}', label=f'b{i}', seconds=0.3)")
    workshop.stack().up(parallel=1)
    begun = sorted(event["time"] for event in workshop.events("create"))
    assert min(later - earlier for earlier, later in itertools.pairwise(begun)) >= 0.3


def test_live_status_is_not_kept_in_the_output(workshop: Workshop) -> None:
    workshop.program("pulumi.info('for a moment', ephemeral=True); pulumi.info('for good')")
    printed = workshop.stack().up().stdout
    assert "for good" in printed
    assert "for a moment" not in printed


def test_secret_configuration_is_hidden_in_all_output(workshop: Workshop) -> None:
    workshop.program("raise ValueError('the key is ' + pulumi.Config().require('key'))")
    stack = workshop.stack()
    stack.set_config("key", ConfigValue("k-123456", secret=True))
    with pytest.raises(CommandError, match=r"the key is \[secret\]") as error:
        stack.up()
    assert "k-123456" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("runtime: python", "does not contain the name of a project"),
        ("name: x\nruntime: nodejs", "only runs programs in Python, not in 'nodejs'"),
        ("name: x\nruntime: python\nmain: nowhere", "main is nowhere, which does not exist"),
    ],
)
def test_a_project_that_cannot_be_run_is_refused(tmp_path: Path, settings: str, reason: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(settings)
    with pytest.raises(CommandError, match=reason):
        Stack(tmp_path, passphrase=PASSPHRASE)


def test_a_missing_virtual_environment_is_named(workshop: Workshop) -> None:
    (workshop.directory / "Pulumi.yaml").write_text("name: x\nruntime: {name: python, options: {virtualenv: gone}}\n")
    with pytest.raises(CommandError, match=r"virtual environment .*/gone, which does not exist"):
        workshop.stack().up()


def test_five_contexts_are_created_and_destroyed_in_five_seconds(
    agb_stack: Callable[..., Stack], agb_server: LocalServer, agb_api_key: str, tmp_path: Path
) -> None:
    directory = tmp_path / "five"
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text("name: five\nruntime: python\n")
    declared = "agb.Context(f'c{i}', files={'/a.txt': 'a', '/b.txt': 'b'}, clear_triggers=[1])"
    (directory / "__main__.py").write_text(f"import pulumi_agbcontext as agb\nfor i in range(5): {declared}")
    stack = agb_stack(directory)
    started = os.times()
    stack.up()
    assert len(agb_server.contexts(agb_api_key)) == 5
    stack.up(expect_no_changes=True)
    stack.destroy()
    assert agb_server.contexts(agb_api_key) == []
    used = [after - before for before, after in zip(started[:4], os.times()[:4], strict=True)]
    assert sum(used) < 5  # processor time of all processes, because wall-clock time depends on other work
