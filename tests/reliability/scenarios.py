"""All operations of the lifecycle, each as one command on one resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.lifecycle.context.owner_record import OwnerRecord
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.plugin.adapters import Life

KEY = "canary-key-of-the-reliability-tests"
CANARY = "canary-content"
FOREIGN = {"/agent/notes.md": b"written by a session"}
RECORD_OF_ANOTHER = (
    OwnerRecord(owner="f" * 32, project="elsewhere", stack="prod", resource="memory", phase="ready")
    .model_dump_json()
    .encode()
)
BEFORE = {"/a": f"{CANARY} one", "/b": f"{CANARY} two", "/c": f"{CANARY} three"}
AFTER = {"/a": f"{CANARY} one, edited", "/b": f"{CANARY} two", "/d": f"{CANARY} four"}

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Scenario:
    """One command on one resource.

    Args:
        name: short description.
        requests: number of requests by operation of the API or the store.
        program: properties in the new program; None: the command deletes the resource.
        before: properties in the program before; None: the command creates the resource.
        kind: type of the resource. All types except `Context` use a context of another stack.
        erases: whether the command deletes files of other writers in the context.
        recorded: files of other writers that a refresh records, and that an exclusive resource deletes.
        agents: files that an agent writes after that refresh, and that the command must keep.
        disturb: action of another program before the command.
        refreshes: whether the command is a refresh; the next `up` then repairs drift.
        remedy: properties that the command needs to succeed, as its error message explains.
    """

    name: str
    requests: Mapping[str, int]
    program: Mapping[str, Any] | None
    before: Mapping[str, Any] | None = None
    kind: Literal["Context", "ContextFile", "ContextDirectory"] = "Context"
    erases: bool = False
    recorded: Files = field(default_factory=dict)
    agents: Files = field(default_factory=dict)
    disturb: Callable[[World], object] = lambda world: None
    refreshes: bool = False
    remedy: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class World:
    """One resource, a local server, and a context of another stack.

    Attributes:
        foreign: id of the context of another stack. All resources except a `Context` use it.
        since: number of requests before the command.
    """

    server: LocalServer
    life: Life
    scenario: Scenario
    foreign: str = field(init=False)
    since: int = field(init=False)

    def __post_init__(self) -> None:
        self.foreign = self.another_program_creates("bystander", {**FOREIGN, OWNER_RECORD: RECORD_OF_ANOTHER})
        before = self.scenario.before
        if before is not None:
            self.life.up(**self.program(before))
            if self.scenario.kind == "Context":
                self.put(self.life.id, FOREIGN)
        self.scenario.disturb(self)
        self.since = len(self.server.requests)

    def another_program_creates(self, name: str, files: Files) -> str:
        """Create a context outside the program."""
        context = ContextService(Account(self.server.url, KEY, timeout=20)).create(name).context
        assert context is not None
        self.put(context.id, files)
        return context.id

    def put(self, context_id: str, files: Files) -> None:
        """Write files directly to the server."""
        for path, content in files.items():
            self.server.put_file(KEY, context_id, path, content)

    def program(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of a program, with the id of the other stack's context if the files are in it."""
        return dict(message) if self.has_its_own_context else {**message, "contextId": self.foreign}

    def act(self) -> None:
        """Run the command."""
        if self.scenario.refreshes:
            self.life.refresh()
        else:
            self.settle()

    def settle(self, **more: Any) -> None:
        """Run `up` with additional properties, or `destroy` if the command deletes the resource."""
        if self.scenario.program is not None:
            self.life.up(**{**self.program(self.scenario.program), **more})
        elif self.life.id:
            self.life.destroy()

    @property
    def contexts(self) -> dict[str, str]:
        """Return id and name of every context of the account except the other stack's."""
        held = {context["id"]: context["name"] for context in self.server.contexts(KEY)}
        assert held.pop(self.foreign) == "bystander"
        return held

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files of the resource and of other writers that the server stores in the same context."""
        return holds(self.server, KEY, self.holding) if self.holding else {}

    @property
    def holding(self) -> str:
        """Return the id of the context that contains the files; empty if there is none."""
        return self.life.id if self.has_its_own_context else self.foreign

    @property
    def has_its_own_context(self) -> bool:
        """Return whether the resource is a context. Otherwise, its files are in the context of another stack."""
        return self.scenario.kind == "Context"

    @property
    def wanted(self) -> dict[str, bytes]:
        """Return the files that the context must contain."""
        scenario, program = self.scenario, self.scenario.program
        if program is None and self.has_its_own_context:
            return {}
        others = not scenario.erases and (scenario.before is not None or not self.has_its_own_context)
        adopted = program is not None and program.get("adopt")
        return {**(FOREIGN if others or adopted else {}), **scenario.agents, **declared(program)}

    @property
    def may_go(self) -> set[str]:
        """Return the files that the provider may delete: those removed from the program or recorded by a refresh."""
        removed = declared(self.scenario.before).keys() - declared(self.scenario.program).keys()
        return {*removed, *self.scenario.recorded} - self.scenario.agents.keys()


def declared(program: Mapping[str, Any] | None) -> dict[str, bytes]:
    """Return the content of each file that a program declares, by path in the context."""
    if program is None:
        return {}
    if "content" in program:
        return {program["path"]: program["content"].encode()}
    return {f"{program.get('path', '')}{path}": text.encode() for path, text in program["files"].items()}


def _lose_a_file(world: World) -> None:
    world.server.remove_file(KEY, world.life.id, "/b")


def _edit_a_file(world: World) -> None:
    world.put(world.life.id, {"/b": b"x" * len(BEFORE["/b"])})


def _lose_a_file_of_the_directory(world: World) -> None:
    world.server.remove_file(KEY, world.foreign, "/shared/b")


def _agents_write(world: World) -> None:
    world.put(world.holding, world.scenario.recorded)


def _a_refresh_records_what_agents_wrote(world: World) -> None:
    _agents_write(world)
    world.life.refresh()
    world.put(world.holding, world.scenario.agents)


def _in(directory: str, files: Files) -> dict[str, bytes]:
    return {directory + path: content for path, content in files.items()}


def _lose_the_file(world: World) -> None:
    world.server.remove_file(KEY, world.foreign, "/f")


def _another_stack_owns_it(world: World) -> None:
    context_id = world.another_program_creates("data", FOREIGN)
    world.server.put_file(KEY, context_id, OWNER_RECORD, RECORD_OF_ANOTHER)


def _lose_the_record(world: World) -> None:
    world.server.remove_file(KEY, world.life.id, OWNER_RECORD)


def _spoil_the_record(content: bytes) -> Callable[[World], None]:
    return lambda world: world.server.put_file(KEY, world.life.id, OWNER_RECORD, content)


def _hide_the_record(world: World) -> None:
    world.server.behave(listing_lag=3600)


NAMED = {"name": "data", "files": BEFORE}
FILE = {"path": "/f", "content": f"{CANARY} of a file"}
URLS = {"GetContextFileUploadUrl": 4, "GetContextFileDownloadUrl": 1}  # three files and the owner record
CREATED = {"GetContext": 3, "DescribeContextFiles": 1, **URLS, "Download": 4, "Upload": 5}
CHANGED = {"GetContextFileUploadUrl": 2, "Upload": 2, "DeleteContextFile": 1}
OWNED = {"GetContextFileDownloadUrl": 1, "Download": 3}  # at the start, before the delete, at the end
UPDATED = {"GetContext": 1, "DescribeContextFiles": 1, **OWNED, **CHANGED}
UPDATE = {"name": "data", "files": AFTER}
STORES = {"GetContextFileUploadUrl": 3, "Upload": 3}
UNRECORDED = {**NAMED, "ownerRecord": False}
DIRECTORY = {"path": "/shared", "files": BEFORE}
DIRECTORY_CHANGES = {"DescribeContextFiles": 1, "GetContext": 1, **CHANGED}
EXCLUSIVE = {"exclusive": True, "ignoreFiles": ["notes.md"]}
RECORDED = {"/agent/1": b"one", "/agent/2": b"two", "/agent/3": b"three"}
AGENTS = {"/agent/2": b"owt", "/agent/4": b"four"}  # a recorded file with new content of the same size, and a new file
LOOKS = {"GetContextFileDownloadUrl": 3, "Download": 3}  # for each recorded file
BAD_RECORDS = {
    "malformed": b"no JSON",
    "too large": b'{"version": 1, "padding": "' + b"x" * 1100 + b'"}',
    "newer": b'{"version": 2}',
}

SCENARIOS = [
    Scenario("create", CREATED, NAMED),
    Scenario("create autonamed", CREATED, {"files": BEFORE}),
    Scenario("create without a record", {"GetContext": 3, "DescribeContextFiles": 1, **STORES}, UNRECORDED),
    Scenario(
        "adopt",
        {"GetContext": 3, **URLS, "Download": 4, "Upload": 4},
        {**NAMED, "adopt": True},
        disturb=lambda world: world.another_program_creates("data", FOREIGN),
    ),
    Scenario(
        "adopt from another owner",
        {"GetContext": 3, **URLS, "Download": 4, "Upload": 4},
        {**NAMED, "adopt": True},
        disturb=_another_stack_owns_it,
    ),
    Scenario(
        "update",
        UPDATED,
        UPDATE,
        NAMED,
    ),
    Scenario(
        "update with the record missing",
        {**UPDATED, "GetContextFileUploadUrl": 3, "Upload": 3, "Download": 7},
        UPDATE,
        NAMED,
        disturb=_lose_the_record,
    ),
    Scenario("update with a lagging listing", UPDATED, UPDATE, NAMED, disturb=_hide_the_record),
    *[
        Scenario(
            f"update with a {kind} record",
            {"GetContext": 1, "GetContextFileDownloadUrl": 1, "Download": 1},
            UPDATE,
            NAMED,
            disturb=_spoil_the_record(record),
            remedy={"ownerRecord": False},
        )
        for kind, record in BAD_RECORDS.items()
    ],
    Scenario(
        "rename",
        {"GetContext": 1, "ModifyContext": 1, **OWNED},
        {"name": "data-renamed", "files": BEFORE},
        NAMED,
    ),
    Scenario(
        "clear in place",
        {"GetContext": 3, "ClearContext": 1, "DescribeContextFiles": 2, **URLS, "Download": 5, "Upload": 4},
        {**NAMED, "clearTriggers": ["v2"], "clearInPlace": True},
        {**NAMED, "clearTriggers": ["v1"], "clearInPlace": True},
        erases=True,
    ),
    Scenario(
        "replace",
        {**CREATED, "GetContext": 6, "DeleteContext": 1, "GetContextFileDownloadUrl": 2, "Download": 5},
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
        {
            "GetContext": 4,
            "ClearContext": 1,
            "DeleteContext": 1,
            "DescribeContextFiles": 2,
            "GetContextFileDownloadUrl": 1,
            "Download": 2,
        },
        None,
        {**NAMED, "clearBeforeDelete": True},
        erases=True,
    ),
    Scenario(
        "destroy with the record missing",
        {"GetContext": 4, "DeleteContext": 1, "GetContextFileDownloadUrl": 1, "Download": 3},
        None,
        NAMED,
        erases=True,
        disturb=_lose_the_record,
    ),
    Scenario(
        "create a file",
        {
            "GetContext": 1,
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
    Scenario(
        "create a directory",
        {"GetContext": 1, "DescribeContextFiles": 1, **STORES},
        DIRECTORY,
        kind="ContextDirectory",
    ),
    Scenario("update a directory", DIRECTORY_CHANGES, {**DIRECTORY, "files": AFTER}, DIRECTORY, "ContextDirectory"),
    Scenario(
        "refresh a directory",
        {"GetContext": 1, "DescribeContextFiles": 3},
        DIRECTORY,
        DIRECTORY,
        "ContextDirectory",
        disturb=_lose_a_file_of_the_directory,
        refreshes=True,
    ),
    Scenario("delete a directory", {"GetContext": 1, "DeleteContextFile": 3}, None, DIRECTORY, "ContextDirectory"),
    Scenario(
        "update an exclusive directory",
        {**DIRECTORY_CHANGES, **LOOKS, "DeleteContextFile": 3},
        {**DIRECTORY, **EXCLUSIVE, "files": AFTER},
        {**DIRECTORY, **EXCLUSIVE},
        "ContextDirectory",
        recorded=_in("/shared", RECORDED),
        agents=_in("/shared", AGENTS),
        disturb=_a_refresh_records_what_agents_wrote,
    ),
    Scenario(
        "refresh an exclusive directory",
        {"GetContext": 1, "DescribeContextFiles": 4, **LOOKS},
        {**DIRECTORY, **EXCLUSIVE},
        {**DIRECTORY, **EXCLUSIVE},
        "ContextDirectory",
        recorded=_in("/shared", RECORDED),
        disturb=_agents_write,
        refreshes=True,
    ),
    Scenario(
        "update an exclusive context",
        {
            **UPDATED,
            "GetContextFileDownloadUrl": 4,
            "Download": 7,
            "DeleteContextFile": 3,
        },
        {**UPDATE, **EXCLUSIVE},
        {**NAMED, **EXCLUSIVE},
        recorded=RECORDED,
        agents=AGENTS,
        disturb=_a_refresh_records_what_agents_wrote,
    ),
    Scenario(
        "refresh an exclusive context",
        {"GetContext": 1, "DescribeContextFiles": 4, **LOOKS},
        {**NAMED, **EXCLUSIVE},
        {**NAMED, **EXCLUSIVE},
        recorded=RECORDED,
        disturb=_agents_write,
        refreshes=True,
    ),
]
