"""Tests that no file written for a stack contains the canary key, presigned signatures or secret contents."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.client import Account, ContextService
from tests.resources.conftest import KEY, PASSPHRASE, Project, engine, project

from .server_process import ServerProcess
from .tally import count

__all__ = ["engine", "project"]  # fixtures

ROW = "secrets: files, logs and outputs of complete stacks that were searched"
CANARIES = ("canary-secret-file", "canary-file-asset", "canary-context-file", "canary-of-the-configuration")
SECRETS = (KEY, *CANARIES, "signature=", PASSPHRASE)
LOG_EVERYTHING = """
import logging
import os
logging.basicConfig(level=1, filename=os.path.join(os.environ["TMPDIR"], f"log-{os.getpid()}"))
"""
PROGRAM = """
password = pulumi.Config().require_secret("password")
secrets = {"/text": "canary-secret-file", "/asset": pulumi.FileAsset("seed.txt"), "/password": password}
data = agb.Context("data", name="data", files={"/plain": "x"}, secret_files=secrets)
agb.ContextFile("file", context_id=data.id, path="/f", content=pulumi.Output.secret("canary-context-file"))
url = agb.get_context_file_download_url_output(context_id=data.id, path="/plain")
pulumi.export("url", url.url)
data.id.apply(lambda id: pulumi.log.info(f"made {id}"))
"""


@pytest.fixture
def watched(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project whose processes log everything that libraries log and write their files below the test."""
    for directory in ("temporary", "site"):
        (tmp_path / directory).mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(LOG_EVERYTHING)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=":")
    project.write("seed.txt", "canary-file-asset")
    project.program(PROGRAM)
    return project


def everything_written(project: Project) -> dict[str, str]:
    """Return every file below the test's directory that is not part of the program."""
    mine = {project.directory / "seed.txt", project.directory / "__main__.py"}
    files = [path for path in project.directory.parent.rglob("*") if path.is_file() and path not in mine]
    return {str(path): path.read_bytes().decode(errors="replace") for path in files}


def test_nothing_secret_is_in_any_state_log_output_or_temporary_file(watched: Project) -> None:
    stack = watched.stack()
    stack.set_config("password", ConfigValue("canary-of-the-configuration", secret=True))
    printed: list[str] = []
    refused = watched.server.fault("Upload", "status", times=50, status=400)
    with pytest.raises(CommandError) as failed:
        stack.up(on_output=printed.append)
    printed += [str(failed.value), repr(failed.value)]
    refused.times = 0
    for command in (stack.up, stack.refresh):
        result = command(on_output=printed.append)
        printed += [result.stdout, result.stderr, repr(result.summary)]
    texts = {"printed": "\n".join(printed), "log of the server": repr(watched.server.requests)}
    written = everything_written(watched)
    assert sum("log-" in name for name in written) >= 2, "the processes did not log"
    assert "GetContext 200" in "".join(written.values())
    leaks = [(name, secret) for name, text in {**texts, **written}.items() for secret in SECRETS if secret in text]
    assert leaks == []
    count(ROW, len(written) + len(texts))


def test_a_server_in_a_separate_process_prints_and_stores_no_key(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "server")
    try:
        server.put_file(KEY, _made(server), "/f", b"content")
    finally:
        server.stop()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "server").rglob("*") if path.is_file())
    assert len(kept) > 1000
    assert KEY.encode() not in kept
    count(ROW)


def _made(server: ServerProcess) -> str:
    context = ContextService(Account(server.url, KEY)).create("data").context
    assert context is not None
    return context.id
