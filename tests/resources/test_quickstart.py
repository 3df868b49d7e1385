"""Tests that the quickstart works as the README describes, on either engine, and stores exact copies of its files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import KEY, Project

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


# `.ci/run` also runs the walk-through itself, on the engine that it finds.
@pytest.mark.long
def test_the_walk_through_of_the_quickstart_passes(engine: str) -> None:
    path = os.environ["PATH"]
    if engine == "test":
        path = os.pathsep.join(
            directory for directory in path.split(os.pathsep) if not (Path(directory) / "pulumi").exists()
        )
    walk = subprocess.run(
        [sys.executable, str(EXAMPLES / "walk_through_quickstart.py")],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert walk.returncode == 0, walk.stdout + walk.stderr
    assert "All steps passed" in walk.stdout
    assert ("the test engine" if engine == "test" else "the Pulumi CLI") in walk.stdout


@pytest.fixture
def quickstart(project: Project) -> Project:
    """Return the quickstart's program as a user's project."""
    runtime = (project.directory / "Pulumi.yaml").read_text().partition("runtime:")[2]
    shutil.copytree(EXAMPLES / "quickstart", project.directory, dirs_exist_ok=True)
    project.write("Pulumi.yaml", f"name: quickstart\nruntime:{runtime}")
    return project


def test_the_quickstart_uploads_files_that_curl_downloads_byte_for_byte(
    quickstart: Project, agb_server: LocalServer
) -> None:
    name = quickstart.up().outputs["name"].value
    service = ContextService(Account(agb_server.url, KEY))
    for file in sorted(path for path in (quickstart.directory / "workspace").rglob("*") if path.is_file()):
        path = "/" + file.relative_to(quickstart.directory / "workspace").as_posix()
        url = service.get_file_download_url(quickstart.contexts[name], path).url
        assert _download(url) == file.read_bytes()


def _download(url: str) -> bytes:
    """Download a URL with curl or, if it is not installed, the standard library, but not with this package."""
    if curl := shutil.which("curl"):
        return subprocess.run([curl, "--silent", "--fail", url], capture_output=True, check=True, timeout=20).stdout
    with urllib.request.urlopen(url, timeout=20) as response:
        return bytes(response.read())
