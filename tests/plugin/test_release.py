"""Tests that a release's plugin installs itself: assets are built, served on this machine and installed."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.holding import holds

from .adapters import KEY
from .cli import CLI, ROOT, Program, needs_yaml, on_the_cli

pytestmark = [*on_the_cli, pytest.mark.long, needs_yaml]
PROGRAM = """
name: shop
runtime: yaml
resources:
  data:
    type: agbcontext:Context
    properties: {name: data, files: {/a: x}}
"""


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the assets of a release."""
    directory = tmp_path_factory.mktemp("release")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=100)
    [wheel] = directory.glob("*.whl")
    runpy.run_path(str(ROOT / "tools" / "build_plugin.py"))["build_plugin"](wheel, directory)
    return directory


@contextmanager
def served(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a directory. Yield its URL and the requested paths."""
    requested: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(self.path)
            super().do_GET()

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(directory))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requested
        server.shutdown()


@pytest.fixture
def bare(program: Program, tmp_path: Path) -> Program:
    """Return a project without the plugin: PATH contains the CLI, its hosts and a Python, but not this environment."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    assert CLI is not None
    for name in ("pulumi", "pulumi-language-yaml", "pulumi-language-python", "pulumi-language-python-exec"):
        found = shutil.which(name)
        assert found, name
        (binaries / name).symlink_to(found)
    (binaries / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    program.environment["PATH"] = os.pathsep.join((str(binaries), "/usr/bin", "/bin"))
    for variable in ("VIRTUAL_ENV", "PULUMI_PYTHON_CMD"):
        program.environment.pop(variable, None)
    assert shutil.which("pulumi-resource-agbcontext", path=program.environment["PATH"]) is None
    return program


def test_a_yaml_program_runs_on_the_plugin_of_a_release(bare: Program, assets: Path) -> None:
    release = version("pulumi-agbcontext")
    with served(assets) as (url, requested):
        command = ("plugin", "install", "resource", "agbcontext", f"v{release}", "--server", url)
        bare.run(*command, seconds=400)
    assert [Path(path).name.rpartition("-v")[0] for path in requested] == ["pulumi-resource-agbcontext"]
    (bare.directory / "Pulumi.yaml").write_text(PROGRAM)
    text = bare.up()
    assert holds(bare.server, KEY, bare.contexts()["data"]) == {"/a": b"x"}
    assert "warning" not in text.lower().replace("pulumi-language", ""), text


def test_a_program_that_names_the_release_installs_the_plugin_by_itself(bare: Program, assets: Path) -> None:
    with served(assets) as (url, requested):
        options = f'    options: {{pluginDownloadURL: "{url}", version: {version("pulumi-agbcontext")}}}\n'
        (bare.directory / "Pulumi.yaml").write_text(PROGRAM + options)
        bare.run("up", "--yes", "--skip-preview", seconds=400)
    assert requested
    assert holds(bare.server, KEY, bare.contexts()["data"]) == {"/a": b"x"}
