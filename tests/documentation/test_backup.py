"""Tests of docs/how-to/backup-and-restore.md: a resource hook downloads a context before it is deleted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing import LocalServer

from .blocks import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "backup-and-restore.md"
SEEDED = 'files=agb.files_from("workspace"),'


@pytest.mark.pulumi_cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="NOT RUN ON THE PULUMI CLI: `pulumi` is not on PATH")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("agb_engine", ["cli"])
def test_a_backup_that_fails_prevents_the_delete_and_one_that_succeeds_precedes_it(
    agb_stack: Callable[..., Any],
    agb_server: LocalServer,
    agb_api_key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", agb_api_key)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    [program] = [block.text for block in blocks(PAGE) if "before_delete" in block.text]
    directory = tmp_path / "backed-up"
    directory.mkdir()
    (directory / "Pulumi.yaml").write_text("name: backed-up\nruntime: python\n")

    def stack(release: str) -> Any:
        (directory / "__main__.py").write_text(program.replace(SEEDED, f"clear_triggers=['{release}'],"))
        return agb_stack(directory)

    stack("v1").up()
    [before] = agb_server.contexts(agb_api_key)
    agb_server.put_file(agb_api_key, before["id"], "/notes/agent.md", b"by an agent")
    agb_server.fault("DescribeContextFiles", "failure_body", code="Forbidden", message="no")
    with pytest.raises(CommandError):
        stack("v2").up()
    assert agb_server.contexts(agb_api_key)[0]["id"] == before["id"]
    assert agb_server.files(agb_api_key, before["id"])["/notes/agent.md"] == b"by an agent"
    stack("v2").up()
    assert agb_server.contexts(agb_api_key)[0]["id"] != before["id"]
    [backup] = tmp_path.rglob(f"backups/{before['id']}")
    assert (backup / "notes" / "agent.md").read_bytes() == b"by an agent"
    assert not (backup / OWNER_RECORD[1:]).exists()
