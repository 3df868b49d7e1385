"""Tests of the plugin on the test engine: invalid input, timeouts, Ctrl-C and previews."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.processes import started

from .adapters import PLUGIN
from .conftest import KEY

PASSPHRASE = "open sesame"
RESOURCES = Path(__file__).parent.parent / "engine" / "plugged.py"


@dataclass
class Project:
    """A project with contexts of the plugin, and their server."""

    directory: Path
    server: LocalServer

    def program(self, text: str) -> None:
        """Replace the program."""
        head = "from plugged import *\nfrom pulumi import Output, ResourceOptions, StringAsset\n"
        (self.directory / "__main__.py").write_text(head + textwrap.dedent(text))

    @property
    def stack(self) -> Stack:
        """Return the stack on the test engine."""
        return Stack(self.directory, passphrase=PASSPHRASE, timeout=60)

    def up(self, text: str) -> str:
        """Deploy a program and return the output."""
        self.program(text)
        return self.stack.up().stdout

    def preview(self, text: str) -> str:
        """Preview a program and return the output."""
        self.program(text)
        return self.stack.preview().stdout

    def error(self, run: Callable[[str], str], text: str) -> str:
        """Return the one-line error of a command on a program."""
        with pytest.raises(CommandError) as failed:
            run(text)
        errors = [line for line in str(failed.value).partition("stderr: ")[2].splitlines() if line]
        assert len(errors) == 2, errors
        return errors[1]

    @property
    def contexts(self) -> dict[str, str]:
        """Return the ids of the contexts by name."""
        return {context["name"]: context["id"] for context in self.server.contexts(KEY)}


@pytest.fixture
def project(agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return an empty project."""
    agb_server.behave(clear_seconds=0.1)
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    directory = tmp_path / "shop"
    directory.mkdir()
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (directory / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\n")
    shutil.copy(RESOURCES, directory / "plugged.py")
    return Project(directory, agb_server)


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ("strange=1", "strange"),
        ("name=5", "name"),
        ("clearTimeout='soon'", "clearTimeout"),
        ("files='all'", "files"),
        ("clearTriggers='v1'", "clearTriggers"),
        ("files={'/r': pulumi.RemoteAsset('https://example.com/x?sig=canary')}", 'files["/r"]'),
        ("files={'/z': pulumi.FileArchive('a.zip')}", 'files["/z"]'),
        ("files={'/m': pulumi.FileAsset('missing.txt')}", 'files["/m"]'),
    ],
)
def test_invalid_input_is_a_one_line_error_that_names_the_property(
    project: Project, properties: str, named: str
) -> None:
    (project.directory / "a.zip").write_bytes(b"PK")
    error = project.error(project.preview, f"Context('data', {properties})")
    assert f"agbcontext:index:Context resource 'data' has a problem: {named}: " in error
    assert "canary" not in error
    assert project.server.requests == []


def test_numbers_and_booleans_as_strings_and_null_for_optional_properties_are_accepted(project: Project) -> None:
    project.up(
        "Context('data', name='data', clearTimeout='90.5', clearInPlace='true', region=None, clearTriggers=None)"
    )
    resources = project.stack.export_stack().deployment["resources"]
    outputs = next(one["outputs"] for one in resources if one["type"] == "agbcontext:index:Context")
    assert (outputs["clearTimeout"], outputs["clearInPlace"]) == (90.5, True)


def test_an_import_of_a_missing_context_or_one_of_another_key_is_one_line_that_names_the_id(project: Project) -> None:
    project.up("Context('theirs', ResourceOptions(retain_on_delete=True), name='theirs')")
    ids = {"SdkCtx-nothing": "", project.contexts["theirs"]: ", provider=Provider('other', apiKey='another-key')"}
    for id_, provider in ids.items():
        text = f"Context('data', ResourceOptions(import_='{id_}'{provider}), name='theirs')"
        assert f"'{id_}' does not exist" in project.error(project.preview, text)
    assert list(project.contexts) == ["theirs"]


def test_a_configuration_error_of_a_provider_is_one_line_that_names_the_setting(project: Project) -> None:
    text = "Context('data', ResourceOptions(provider=Provider('other', parallelUploads='many')))"
    assert "has a problem: parallelUploads: " in project.error(project.preview, text)
    assert "has a problem: strange: " in project.error(project.preview, text.replace("parallelUploads", "strange"))


def test_a_preview_shows_each_file_and_the_properties_that_require_replacement(project: Project) -> None:
    project.up("Context('data', name='data', files=texts(a='one', gone='x'), clearTriggers=[1])")
    since = len(project.server.requests)
    shown = project.preview("Context('data', name='data', files=texts(a='2', new='y'), clearTriggers=[2])")
    for line in ('~ files["/a"]: ', '+ files["/new"]: ', '- files["/gone"]: ', "~ clearTriggers: [1] => [2]"):
        assert line in shown
    assert "+- 1 to replace" in shown
    assert project.server.requests[since:] == []


def test_a_custom_timeout_ends_an_update_and_the_next_one_continues_it(project: Project) -> None:
    program = """
        limits = pulumi.CustomTimeouts(update='1s')
        Context('data', ResourceOptions(custom_timeouts=limits), name='data', clearInPlace=True,
                clearTriggers=['v1'], files=texts(a='x'))
        """
    project.up(program)
    project.server.behave(clear_stuck=True)
    started = time.monotonic()
    error = project.error(project.up, program.replace("v1", "v2"))
    assert "the resource's custom timeout of 1 s expired" in error
    assert time.monotonic() - started < 10
    project.server.set_state(project.contexts["data"], "available")
    project.server.behave(clear_stuck=False)
    assert "1 updated" in project.up(program.replace("v1", "v2"))
    assert holds(project.server, KEY, project.contexts["data"]) == {"/a": b"x"}


def test_ctrl_c_ends_an_operation_within_two_seconds_and_keeps_its_progress(project: Project) -> None:
    program = "Context('data', name='data', clearInPlace=True, clearTriggers=['v1'], files=texts(a='x'))"
    project.up(program)
    project.server.behave(clear_stuck=True)
    project.program(program.replace("v1", "v2"))
    command = [sys.executable, "-m", "pulumi_agbcontext.testing", "up", ".", "--skip-preview"]
    environment = {**os.environ, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
    with started(command, cwd=project.directory, env=environment) as running:
        until = time.monotonic() + 30
        while not any(record.operation == "ClearContext" for record in project.server.requests):
            assert time.monotonic() < until
            time.sleep(0.05)
        interrupted = time.monotonic()
        running.send_signal(signal.SIGINT)
        text, _ = running.communicate(timeout=30)
    assert time.monotonic() - interrupted < 2 + 1  # the engine itself takes some time to end
    assert "the operation was cancelled. Run `pulumi up` to continue." in text
    resources = project.stack.export_stack().deployment["resources"]
    [data] = [one for one in resources if one["type"] == "agbcontext:index:Context"]
    assert data["outputs"]["files"] == {"/a": "1:changed:text:x"}, "no file counts as stored"
    assert data["outputs"]["clearTriggers"] == ["v1"]
    assert data["initErrors"]


def test_the_plugin_describes_itself_with_help() -> None:
    done = subprocess.run([str(PLUGIN), "--help"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("usage: pulumi-resource-agbcontext")
