"""Everything that the lifecycle does, each as one command on one resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_agbcontext.client import Account, connect
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.plugin.adapters import Life

KEY = "canary-key-of-the-reliability-tests"
CANARY = "canary-content"
FOREIGN = {"/agent/notes.md": b"written by a session"}
BEFORE = {"/a": f"{CANARY} one", "/b": f"{CANARY} two", "/c": f"{CANARY} three"}
AFTER = {"/a": f"{CANARY} one, edited", "/b": f"{CANARY} two", "/d": f"{CANARY} four"}

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Scenario:
    """One command on one resource.

    Args:
        name: in a few words.
        requests: every operation that the API or the store is asked, to how often.
        program: what the program says from now on; None: the resource is to go.
        before: what it said before; None: the resource is new.
        kind: of the resource.
        erases: whether files of others in the context are to go.
        disturb: what somebody else does before the command.
        refreshes: whether the command is a refresh; the next `up` then repairs.
    """

    name: str
    requests: Mapping[str, int]
    program: Mapping[str, Any] | None
    before: Mapping[str, Any] | None = None
    kind: Literal["Context", "ContextFile"] = "Context"
    erases: bool = False
    disturb: Callable[[World], object] = lambda world: None
    refreshes: bool = False


@dataclass
class World:
    """One resource, a local server, and somebody else's context beside it."""

    server: LocalServer
    life: Life
    scenario: Scenario
    foreign: str = field(init=False)

    def __post_init__(self) -> None:
        self.foreign = self.somebody_makes("bystander", FOREIGN)
        before = self.scenario.before
        if before is not None:
            self.life.up(**self.program(before))
            if self.scenario.kind == "Context":
                self.put(self.life.id, FOREIGN)
        self.scenario.disturb(self)

    def somebody_makes(self, name: str, files: Files) -> str:
        """Make a context outside the program."""
        context = connect(Account(self.server.url, KEY, timeout=20)).create(name).context
        assert context is not None
        self.put(context.id, files)
        return context.id

    def put(self, context_id: str, files: Files) -> None:
        """Write files behind everybody's back."""
        for path, content in files.items():
            self.server.put_file(KEY, context_id, path, content)

    def program(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What a program says, with the id of the context that holds a single file."""
        return {**said, "contextId": self.foreign} if self.scenario.kind == "ContextFile" else dict(said)

    def act(self) -> None:
        """Run the command."""
        if self.scenario.refreshes:
            self.life.refresh()
        else:
            self.settle()

    def settle(self) -> None:
        """Run `up`, or `destroy` where the resource is to go."""
        if self.scenario.program is not None:
            self.life.up(**self.program(self.scenario.program))
        elif self.life.id:
            self.life.destroy()

    @property
    def contexts(self) -> dict[str, str]:
        """Id to name of every context of the account but the bystander."""
        held = {context["id"]: context["name"] for context in self.server.contexts(KEY)}
        assert held.pop(self.foreign) == "bystander"
        return held

    @property
    def files(self) -> dict[str, bytes]:
        """What the server really holds of the resource's files, and of others' in the same context."""
        if self.scenario.kind == "ContextFile":
            return holds(self.server, KEY, self.foreign)
        return {} if not self.life.id else holds(self.server, KEY, self.life.id)

    @property
    def wanted(self) -> dict[str, bytes]:
        """What it should hold."""
        program = self.scenario.program
        if self.scenario.kind == "ContextFile":
            return {**FOREIGN, **({} if program is None else {program["path"]: program["content"].encode()})}
        if program is None:
            return {}
        kept = {} if self.scenario.erases or self.scenario.before is None else FOREIGN
        adopted = FOREIGN if program.get("adopt") else {}
        return {**kept, **adopted, **{path: text.encode() for path, text in program["files"].items()}}


def _lose_a_file(world: World) -> None:
    world.server.remove_file(KEY, world.life.id, "/b")


def _edit_a_file(world: World) -> None:
    world.put(world.life.id, {"/b": b"x" * len(BEFORE["/b"])})


def _lose_the_file(world: World) -> None:
    world.server.remove_file(KEY, world.foreign, "/f")


NAMED = {"name": "data", "files": BEFORE}
FILE = {"path": "/f", "content": f"{CANARY} of a file"}
STORES = {"GetContextFileUploadUrl": 3, "Upload": 3}

SCENARIOS = [
    Scenario("create", {"GetContext": 3, "DescribeContextFiles": 1, **STORES}, NAMED),
    Scenario("create autonamed", {"GetContext": 3, "DescribeContextFiles": 1, **STORES}, {"files": BEFORE}),
    Scenario(
        "adopt",
        {"GetContext": 3, **STORES},
        {**NAMED, "adopt": True},
        disturb=lambda world: world.somebody_makes("data", FOREIGN),
    ),
    Scenario(
        "update",
        {"GetContext": 1, "GetContextFileUploadUrl": 2, "Upload": 2, "DeleteContextFile": 1},
        {"name": "data", "files": AFTER},
        NAMED,
    ),
    Scenario("rename", {"GetContext": 1, "ModifyContext": 1}, {"name": "data-renamed", "files": BEFORE}, NAMED),
    Scenario(
        "clear in place",
        {"GetContext": 2, "ClearContext": 1, **STORES},
        {**NAMED, "clearTriggers": ["v2"], "clearInPlace": True},
        {**NAMED, "clearTriggers": ["v1"], "clearInPlace": True},
        erases=True,
    ),
    Scenario(
        "replace",
        {"GetContext": 6, "DeleteContext": 1, "DescribeContextFiles": 1, **STORES},
        {**NAMED, "clearTriggers": ["v2"]},
        {**NAMED, "clearTriggers": ["v1"]},
        erases=True,
    ),
    Scenario(
        "refresh",
        {"GetContext": 1, "DescribeContextFiles": 3},
        NAMED,
        NAMED,
        disturb=_lose_a_file,
        refreshes=True,
    ),
    Scenario(
        "refresh contents",
        {"GetContext": 1, "DescribeContextFiles": 1, "GetContextFileDownloadUrl": 3, "Download": 3},
        {**NAMED, "driftCheck": "content"},
        {**NAMED, "driftCheck": "content"},
        disturb=_edit_a_file,
        refreshes=True,
    ),
    Scenario(
        "destroy",
        {"GetContext": 4, "ClearContext": 1, "DeleteContext": 1},
        None,
        {**NAMED, "clearBeforeDelete": True},
        erases=True,
    ),
    Scenario(
        "create a file",
        {
            "GetContext": 1,
            "DescribeContextFiles": 1,
            "GetContextFileDownloadUrl": 1,
            "Download": 1,
            "GetContextFileUploadUrl": 1,
            "Upload": 1,
        },
        FILE,
        kind="ContextFile",
    ),
    Scenario(
        "update a file",
        {"GetContext": 1, "GetContextFileUploadUrl": 1, "Upload": 1},
        {**FILE, "content": f"{CANARY} of a file, edited"},
        FILE,
        "ContextFile",
    ),
    Scenario(
        "refresh a file",
        {"GetContext": 1, "DescribeContextFiles": 3, "GetContextFileDownloadUrl": 1, "Download": 1},
        FILE,
        FILE,
        "ContextFile",
        disturb=_lose_the_file,
        refreshes=True,
    ),
    Scenario("delete a file", {"GetContext": 1, "DeleteContextFile": 1}, None, FILE, "ContextFile"),
]
