"""Tests of the stack with the unchanged program, real provider processes and a Context API on this machine.

They require no cloud, API key or Pulumi CLI. If `pulumi` is on PATH, the first test also runs on the real engine.
"""
# ruff: noqa: S101  (tests assert)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.testing import LocalServer, Stack

OWNER_RECORD = "/.agbcontext-owner.json"  # stored by the provider in every context
PROGRAM = Path(__file__).parent
OpenStack = Callable[..., Stack]


@pytest.mark.parametrize("agb_engine", ["test", "cli"])
def test_the_agent_finds_its_articles(agb_stack: OpenStack, agb_server: LocalServer, agb_api_key: str) -> None:
    stack = agb_stack(PROGRAM)
    outputs = stack.up().outputs
    held = agb_server.files(agb_api_key, outputs["context_id"].value)
    assert outputs["files"].value == 3
    assert set(held) - {OWNER_RECORD} == {"/articles/refunds.md", "/articles/shipping.md", "/greeting.txt"}
    stack.destroy()
    assert agb_server.contexts(agb_api_key) == []


def test_a_second_up_asks_the_cloud_nothing(agb_stack: OpenStack, agb_server: LocalServer) -> None:
    stack = agb_stack(PROGRAM)
    stack.up()
    asked = len(agb_server.requests)
    stack.up(expect_no_changes=True)
    assert len(agb_server.requests) == asked


def test_another_greeting_uploads_one_file(agb_stack: OpenStack, agb_server: LocalServer) -> None:
    agb_stack(PROGRAM).up()
    stack = agb_stack(PROGRAM, config={"greeting": "Good evening!"})
    assert '~ files["/greeting.txt"]' in stack.preview().stdout
    before = len(agb_server.requests)
    stack.up()
    uploads = [request for request in agb_server.requests[before:] if request.operation == "Upload"]
    assert [upload.path for upload in uploads] == ["/greeting.txt"]


def test_a_new_release_starts_from_an_empty_context(agb_stack: OpenStack) -> None:
    first = agb_stack(PROGRAM).up()
    second = agb_stack(PROGRAM, config={"release": "2"}).up()
    assert second.summary.resource_changes == {"replace": 1, "same": 1}
    assert second.outputs["context_id"].value != first.outputs["context_id"].value


def test_an_upload_that_the_cloud_refuses_fails_the_deployment(agb_stack: OpenStack, agb_server: LocalServer) -> None:
    agb_server.fault("Upload", "status", status=403, path="/articles/refunds.md", times=100)
    with pytest.raises(CommandError, match=r"/articles/refunds\.md"):
        agb_stack(PROGRAM).up()
