"""Tests of a context that agents use: the example, and the page's description of the official SDK."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from agb import AGB, ContextSync, CreateSessionParams, SyncPolicy

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing import LocalServer
from tests.holding import holds

from .blocks import ROOT, blocks

EXAMPLE = ROOT / "examples" / "agents"
PAGE = ROOT / "docs" / "how-to" / "hand-over-to-agents.md"
CONTEXT = "SdkCtx-04ml3r7wphp8nq2la"
SEED = {path: (EXAMPLE / "workspace" / path[1:]).read_bytes() for path in ("/prompt.md", "/data/orders.csv")}
NOTE = {"/notes/1017.md": b"written by an agent"}
OpenStack = Callable[..., Any]


@pytest.fixture
def client(agb_server: LocalServer, agb_api_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the official SDK, configured by environment variables as its users do."""
    monkeypatch.chdir(tmp_path)  # the SDK reads a `.env` file of the working directory
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", agb_api_key)
    return AGB()


@pytest.fixture
def agent() -> SimpleNamespace:
    """Return the functions of the example's script."""
    return SimpleNamespace(**runpy.run_path(str(EXAMPLE / "run_agent.py")))


def write_as_an_agent(client: Any, context_id: str, files: dict[str, bytes]) -> None:
    """Upload files as the SDK does at the end of a session."""
    for path, content in files.items():
        address = client.context.get_file_upload_url(context_id, path).url
        assert requests.put(address, data=content, timeout=10).ok


@pytest.mark.parametrize(
    "agb_engine",
    ["test", pytest.param("cli", marks=[pytest.mark.pulumi_cli, pytest.mark.long])],
    ids=["test engine", "CLI"],
)
def test_an_agent_reads_the_seed_and_the_next_up_keeps_what_it_writes(
    agb_stack: OpenStack, agb_server: LocalServer, agb_api_key: str, client: Any, agent: SimpleNamespace
) -> None:
    stack = agb_stack(EXAMPLE)
    context_id = stack.up().outputs["context_id"].value
    assert agent.read_seed(client, context_id, "/prompt.md").encode() == SEED["/prompt.md"]
    copy = agb_server.files(agb_api_key, context_id)  # a copy in a session, with the owner record
    write_as_an_agent(client, context_id, {**copy, **NOTE})
    since = len(agb_server.requests)
    assert stack.up(refresh=True).outputs["context_id"].value == context_id
    assert not {"Upload", "DeleteContextFile"} & {record.operation for record in agb_server.requests[since:]}
    assert agb_server.files(agb_api_key, context_id) == {**copy, **NOTE}
    assert copy.keys() == {*SEED, OWNER_RECORD}


def test_the_script_mounts_the_context_with_its_policy(
    client: Any, agent: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mounted(client, agent.session_parameters(CONTEXT), monkeypatch) == [(CONTEXT, "/home/agent/workspace")]
    [block] = blocks(PAGE)
    (tmp_path / block.says).write_text(block.text)
    on_the_page = runpy.run_path(str(tmp_path / block.says))
    assert on_the_page["mounted"] == ContextSync(CONTEXT, "/home/agent/workspace", agent.sync_policy())
    policy = agent.sync_policy().to_dict()
    assert policy["deletePolicy"] == {"syncLocalFile": False}
    assert policy["extractPolicy"]["extract"] is False
    assert policy["uploadPolicy"] == SyncPolicy().to_dict()["uploadPolicy"]


def test_the_sdk_mounts_no_context_without_a_policy(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for policy, mounts in ((None, []), (SyncPolicy(), [(CONTEXT, "/mnt")])):
        syncs = [ContextSync(CONTEXT, "/mnt", policy)]
        parameters = CreateSessionParams(image_id="image", context_syncs=syncs)
        assert mounted(client, parameters, monkeypatch) == mounts


def mounted(client: Any, parameters: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return contexts and paths in the SDK's request for a session, which is not sent."""
    sent: list[Any] = []
    monkeypatch.setattr(client.client, "create_mcp_session", sent.append)
    assert not client.create(parameters).success
    [request] = sent
    return [(one.context_id, one.path) for one in request.persistence_data_list or []]


def test_the_defaults_of_the_sync_policies_are_those_on_the_page() -> None:
    assert SyncPolicy().to_dict() == {
        "uploadPolicy": {
            "autoUpload": True,
            "uploadStrategy": "UploadBeforeResourceRelease",
            "uploadMode": "File",
        },
        "downloadPolicy": {"autoDownload": True, "downloadStrategy": "DownloadAsync"},
        "deletePolicy": {"syncLocalFile": True},
        "extractPolicy": {"extract": True, "deleteSrcFile": True, "extractToCurrentFolder": False},
        "recyclePolicy": {"lifecycle": "Lifecycle_Forever", "paths": [""]},
        "bwList": {"whiteLists": []},
    }


def test_the_script_ends_with_one_line_without_a_context(agb_server: LocalServer, tmp_path: Path) -> None:
    done = run_script(agb_server, tmp_path, "key", "SdkCtx-none")
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith("Context SdkCtx-none was not found")
    assert "Traceback" not in done.stderr


def test_the_script_ends_with_one_line_without_sessions(
    agb_stack: OpenStack, agb_server: LocalServer, agb_api_key: str, tmp_path: Path
) -> None:
    context_id = agb_stack(EXAMPLE).up().outputs["context_id"].value
    done = run_script(agb_server, tmp_path, agb_api_key, context_id)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith("The session was not created: ")
    assert holds(agb_server, agb_api_key, context_id) == SEED


def run_script(server: LocalServer, directory: Path, key: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AGB_ENDPOINT": server.url, "AGB_API_KEY": key}
    command = [sys.executable, str(EXAMPLE / "run_agent.py"), *arguments]
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
