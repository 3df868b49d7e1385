"""Tests of the operations in docs/how-to/day-2.md, through both adapters on the Pulumi CLI."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import app
from tests.holding import holds

from .cli import CLI, Program, on_the_cli
from .conftest import KEY
from .stage import Stage

ROTATED = "the-next-key-of-the-same-account"
TYPES = {"dynamic": "pulumi-python:dynamic/agbcontext:", "plugin": "agbcontext:index:"}
PROGRAMS = {
    "dynamic": """
        data = agb.Context("{name}", files={{"/a": "{content}"}}, clear_triggers=["{trigger}"],
                           clear_in_place={in_place}, opts=ResourceOptions(aliases={aliases}))
        {report}agb.ContextFile("report", context=data, path="/report", content="r")
        """,
    "plugin": """
        data = Context("{name}", ResourceOptions(aliases={aliases}), files={{"/a": StringAsset("{content}")}},
                       clearTriggers=["{trigger}"], clearInPlace={in_place})
        {report}CustomResource("agbcontext:index:ContextFile", "report", dict(
        {report}    contextId=data.id, contextGeneration=data.generation, path="/report", content="r"))
        """,
}


class Shop:
    """A stack with one context and, where a test needs it, a `ContextFile` in it."""

    def __init__(self, program: Program, adapter: str) -> None:
        self.cli = program
        self.adapter = adapter

    def declare(
        self,
        name: str = "data",
        content: str = "x",
        trigger: str = "v1",
        *,
        in_place: bool = True,
        aliases: str = "[]",
        report: bool = False,
    ) -> None:
        """Write the program."""
        values: dict[str, Any] = {"name": name, "content": content, "trigger": trigger, "in_place": in_place}
        text = PROGRAMS[self.adapter].format(**values, aliases=aliases, report="" if report else "# ")
        self.cli.write("python", python=text)

    def urn(self, kind: str = "Context", name: str = "data", stack: str = "dev") -> str:
        """The URN of a resource."""
        return f"urn:pulumi:{stack}::shop::{TYPES[self.adapter]}{kind}::{name}"

    @property
    def contexts(self) -> dict[str, str]:
        """Return the ids of the server's contexts by name."""
        return self.cli.contexts()

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files in the only context."""
        [context] = self.contexts.values()
        return holds(self.cli.server, KEY, context)

    @property
    def owner(self) -> str:
        """Return the owner id in the record of the only context."""
        [context] = self.contexts.values()
        return str(json.loads(self.cli.server.files(KEY, context)[OWNER_RECORD])["owner"])


@pytest.fixture(params=["dynamic", "plugin"])
def adapter(request: pytest.FixtureRequest) -> str:
    """Return each adapter."""
    return str(request.param)


@pytest.fixture
def shop(program: Program, adapter: str) -> Shop:
    """Return an empty stack on the CLI."""
    return Shop(program, adapter)


def on_cli(test: Any) -> Any:
    """Mark a test that runs on the CLI."""
    for mark in on_the_cli:
        test = mark(test)
    return test


@on_cli
def test_a_rotated_key_is_used_from_the_next_up_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assign both keys to one account, because the local server has one key for each account."""
    keys: list[str] = []
    label = app.account_label

    def one_account(key: str) -> str:
        keys.append(key)
        return label(KEY)

    monkeypatch.setattr(app, "account_label", one_account)
    del shop.cli.environment["AGB_API_KEY"]
    shop.cli.run("config", "set", "--secret", "agbcontext:apiKey", KEY)
    shop.declare()
    shop.cli.up()
    shop.cli.run("config", "set", "--secret", "agbcontext:apiKey", ROTATED)

    def keys_of(*command: str) -> set[str]:
        keys.clear()
        shop.cli.run(*command, "--yes", "--skip-preview")
        return set(keys)

    assert keys_of("refresh") == {KEY}, "the engine configures a refresh from the state"
    assert keys_of("up", "--expect-no-changes") == set(), "recording the key sends no request"
    assert keys_of("refresh") == {ROTATED}
    assert keys_of("destroy") == {ROTATED}
    assert shop.contexts == {}


@on_cli
def test_an_interrupted_create_is_unlocked_continued_and_cleared_from_the_pending_operations(shop: Shop) -> None:
    shop.declare()
    shop.cli.server.fault("Upload", "stall", seconds=8, path="/a")
    command = [str(CLI), "up", "--yes", "--skip-preview", "--non-interactive"]
    running = subprocess.Popen(
        command, cwd=shop.cli.directory, env=shop.cli.environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 60
    while not any(one.operation == "Upload" and one.path == "/a" for one in shop.cli.server.requests):
        assert time.monotonic() < until
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    interrupted = shop.contexts
    assert "pulumi cancel" in shop.cli.up(fails=True)
    shop.cli.run("cancel", "--yes")
    assert "1 created" in shop.cli.up()
    assert shop.contexts == interrupted
    assert shop.files == {"/a": b"x"}
    assert "interrupted while creating" in shop.cli.up("--expect-no-changes")
    shop.cli.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--expect-no-changes")
    assert "interrupted" not in shop.cli.up("--expect-no-changes")


@on_cli
def test_a_target_that_is_cleared_in_place_loses_its_files_until_they_are_updated_too(shop: Shop) -> None:
    shop.declare(report=True)
    shop.cli.up()
    shop.declare(report=True, trigger="v2")
    shop.cli.up("--target", shop.urn())
    assert shop.files == {"/a": b"x"}
    shop.cli.up()
    assert shop.files == {"/a": b"x", "/report": b"r"}
    shop.declare(report=True, trigger="v3")
    shop.cli.up("--target", shop.urn(), "--target-dependents")
    assert shop.files == {"/a": b"x", "/report": b"r"}


@on_cli
def test_a_target_that_is_replaced_without_its_dependents_fails_and_the_next_up_repairs_it(shop: Shop) -> None:
    shop.declare(report=True, in_place=False)
    shop.cli.up()
    shop.declare(report=True, in_place=False, trigger="v2")
    assert "The specified context does not exist" in shop.cli.up("--target", shop.urn(), fails=True)
    assert shop.files == {"/a": b"x"}
    shop.cli.up()
    assert shop.files == {"/a": b"x", "/report": b"r"}
    shop.declare(report=True, in_place=False, trigger="v3")
    shop.cli.up("--target", shop.urn(), "--target-dependents")
    assert shop.files == {"/a": b"x", "/report": b"r"}


@on_cli
def test_a_rename_keeps_the_context_its_derived_name_and_its_owner(shop: Shop) -> None:
    shop.declare()
    shop.cli.up()
    before, owner = shop.contexts, shop.owner
    requests = len(shop.cli.server.requests)
    shop.declare("renamed", aliases="[Alias(name='data')]")
    shop.cli.up("--expect-no-changes")
    shop.cli.run("state", "rename", shop.urn(name="renamed"), "again", "--yes")
    shop.declare("again")
    shop.cli.up("--expect-no-changes")
    shop.cli.run("stack", "rename", "prod")
    shop.cli.up("--expect-no-changes")
    assert shop.cli.server.requests[requests:] == []
    shop.declare("again", content="y")
    assert "1 updated" in shop.cli.up()
    assert (shop.contexts, shop.owner, shop.files) == (before, owner, {"/a": b"y"})
    shop.declare("again", content="y", trigger="v2", in_place=False)
    shop.cli.up()
    assert shop.contexts.keys() == before.keys(), "also through a replacement"
    assert shop.contexts != before


@on_cli
@pytest.mark.parametrize("adapter", ["dynamic"])
def test_a_rename_without_an_alias_deletes_the_context_and_creates_another(shop: Shop) -> None:
    shop.declare()
    shop.cli.up()
    before = shop.contexts
    shop.declare("renamed")
    text = shop.cli.run("preview")
    assert "1 to create" in text
    assert "1 to delete" in text
    shop.cli.up()
    assert not shop.contexts.keys() & before.keys()


@on_cli
def test_a_move_to_another_stack_keeps_the_context_and_its_owner(shop: Shop) -> None:
    shop.declare()
    shop.cli.up()
    before, owner = shop.contexts, shop.owner
    shop.cli.run("stack", "init", "second", "--no-select")
    stacks = ["--source", "organization/shop/dev", "--dest", "organization/shop/second"]
    shop.cli.run("state", "move", *stacks, shop.urn(), "--yes")
    shop.declare(content="y")
    assert "1 updated" in shop.cli.up("--stack", "second")
    assert (shop.contexts, shop.owner, shop.files) == (before, owner, {"/a": b"y"})
    shop.cli.write("python")
    shop.cli.up("--stack", "dev")
    assert shop.contexts == before
    shop.cli.run("destroy", "--yes", "--skip-preview", "--stack", "second")
    assert shop.contexts == {}


def test_a_change_of_drift_check_counts_from_the_refresh_after_the_next_up(stage: Stage) -> None:
    """Rely on the recorded properties, which the engine passes to a read, also in `pulumi up --refresh`."""
    program = {"name": "data", "files": {"/a": "aaaa"}}
    stage.up(data=program)
    [context] = stage.ids
    stage.server.put_file(KEY, context, "/a", b"bbbb")
    program = {**program, "driftCheck": "content"}
    assert stage.up_after_refresh(data=program)["data"] == "update"  # only the setting changes
    assert holds(stage.server, KEY, context) == {"/a": b"bbbb"}
    assert stage.up_after_refresh(data=program)["data"] == "update"
    assert holds(stage.server, KEY, context) == {"/a": b"aaaa"}
