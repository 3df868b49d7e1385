"""Crash points: the process that is killed, the command that it runs, and the request at which it is killed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import RequestRecord
from tests.holding import holds
from tests.plugin.adapters import Adapter, Dynamic, Life, Plugin, RefusedError

from .asked_engine import AskedEngine
from .matrix import ADAPTERS, Outcome, converges, nothing_is_lost, only_these_were_deleted, the_state_is_true
from .scenarios import FILE, FOREIGN, KEY, Scenario, World
from .scenarios import SCENARIOS as OPERATIONS
from .server_process import ServerProcess

BEFORE = {f"/{number}": f"content {number} " * 2000 for number in range(12)}
AFTER = {f"/{number}": f"content {number} {number % 2} " * 2000 for number in range(3, 15)}
NAMED = {"name": "data", "files": BEFORE}
STORES = {"GetContextFileUploadUrl": 13, "GetContextFileDownloadUrl": 1, "Download": 4, "Upload": 14}
IN_PLACE = {**NAMED, "clearInPlace": True}
CREATED = {"GetContext": 3, "DescribeContextFiles": 1, **STORES}

SCENARIOS = [
    Scenario("seed", CREATED, {"files": BEFORE}),
    Scenario("seed under an explicit name", CREATED, NAMED),
    Scenario(
        "update",
        {"GetContext": 1, **STORES, "DescribeContextFiles": 1, "DeleteContextFile": 3},
        {"name": "data", "files": AFTER},
        NAMED,
    ),
    Scenario(
        "clear in place",
        {"GetContext": 3, "ClearContext": 1, "DescribeContextFiles": 2, **STORES},
        {**IN_PLACE, "clearTriggers": ["v2"]},
        {**IN_PLACE, "clearTriggers": ["v1"]},
        erases=True,
    ),
    Scenario(
        "replace",
        {**CREATED, "GetContext": 6, "DeleteContext": 1, "GetContextFileDownloadUrl": 2, "Download": 5},
        {"files": BEFORE, "clearTriggers": ["v2"]},
        {"files": BEFORE, "clearTriggers": ["v1"]},
        erases=True,
    ),
    Scenario(
        "adopt",
        {**STORES, "GetContext": 3},
        {**NAMED, "adopt": True},
        disturb=lambda world: world.another_program_creates("data", FOREIGN),
    ),
    Scenario(
        "delete",
        {"GetContext": 3, "Download": 2, "DescribeContextFiles": 1, "ClearContext": 1},
        None,
        {**NAMED, "clearBeforeDelete": True},
        erases=True,
    ),
    Scenario("create a file", {"GetContext": 1, "Download": 1, "Upload": 1}, FILE, kind="ContextFile"),
]
EMPTY_CREATE = {**CREATED, "GetContextFileUploadUrl": 1, "Upload": 1, "Download": 2}
EVERY_REQUEST = [  # creates are killed at each of their requests
    Scenario("create empty", EMPTY_CREATE, {"files": {}}),
    Scenario("create empty under an explicit name", EMPTY_CREATE, {"name": "data", "files": {}}),
    Scenario("create", {**CREATED, "GetContextFileUploadUrl": 2, "Upload": 3}, {"files": {"/a": "x"}}),
    Scenario(
        "create under an explicit name",
        {**CREATED, "GetContextFileUploadUrl": 2, "Upload": 3},
        {"name": "data", "files": {"/a": "x"}},
    ),
]
EVERY_CHANGE = [  # and so are changes of directories and of exclusive resources
    scenario
    for scenario in OPERATIONS
    if (scenario.kind == "ContextDirectory" or scenario.recorded) and not scenario.refreshes
]
PROCESSES: dict[str, type[Adapter]] = {"dynamic": Dynamic, "plugin": Plugin}
POINTS_EACH = 3

Victim = Literal["provider", "server", "engine"]


@dataclass(frozen=True)
class Point:
    """A moment at which a process is killed.

    Args:
        adapter: provider that runs.
        victim: process that is killed. A provider does not notice that its engine is killed: it continues during the
            next `up`, which starts from the previous state.
        scenario: command that runs.
        number: distinguishes points of the same kind and determines the request.
    """

    adapter: str
    victim: Victim
    scenario: Scenario
    number: int

    @property
    def request(self) -> int:
        """Return the number of the command's request at which the process is killed, counted from 1."""
        if self.scenario in EVERY_REQUEST or self.scenario in EVERY_CHANGE:
            return self.number
        chance = random.Random(f"{self.adapter} {self.victim} {self.scenario.name} {self.number}")
        return chance.randint(1, sum(self.scenario.requests.values()))

    def __str__(self) -> str:
        return f"{self.adapter}, {self.scenario.name}: the {self.victim} is killed at request {self.request}"


def points() -> Iterator[Point]:
    """Generate all crash points."""
    victims: tuple[Victim, ...] = ("provider", "server", "engine")
    for number in range(POINTS_EACH):
        for scenario in SCENARIOS:
            for victim in victims:
                for adapter in PROCESSES:
                    yield Point(adapter, victim, scenario, number)


def every_request(scenarios: Sequence[Scenario] = EVERY_REQUEST) -> Iterator[Point]:
    """Generate every request of a command as a point at which its provider, or the provider's engine, is killed."""
    victims: tuple[Victim, ...] = ("provider", "engine")
    for scenario in scenarios:
        for request in range(1, sum(scenario.requests.values()) + 1):
            for victim in victims:
                for adapter in PROCESSES:
                    yield Point(adapter, victim, scenario, request)


def crash(point: Point, server: ServerProcess, directory: Path) -> bool:
    """Run one crash, check all guarantees, and return whether `adopt` was needed."""
    server.reset()
    settings: dict[str, Any] = {"endpoint": server.url, "apiKey": KEY, "parallelUploads": 2, "timeoutMs": 5000}
    quiet = ADAPTERS[point.adapter](directory, **settings)
    world = World(server, Life(quiet, point.scenario.kind), point.scenario)  # type: ignore[arg-type]  # it has the methods that are used
    before = world.files
    doomed = copy(world)
    doomed.life = copy(world.life)
    engine = AskedEngine()
    doomed.life.adapter = _asking(engine, point.adapter)(directory, **settings)
    try:
        acknowledged = _kill(point, doomed, world, server, engine)
    finally:
        doomed.life.adapter.stop()
        engine.kill()
    quiet._start()
    if point.victim != "engine":
        world.life = doomed.life  # the engine has recorded the result of the failed call
        world.life.adapter = quiet
        nothing_is_lost(world, before)
        if point.victim == "provider":  # a killed server has lost its request log
            only_these_were_deleted(world, world.may_go)
        the_state_is_true(world)
    _acknowledged_is_stored(world, acknowledged)
    outcome = Outcome()
    converges(world, outcome)
    return outcome.exists_error


def files_deleted_after_the_engine(point: Point, server: ServerProcess, directory: Path) -> list[str]:
    """Kill the engine at a request of a command and return the paths that its provider deletes afterwards."""
    server.reset()
    settings: dict[str, Any] = {"endpoint": server.url, "apiKey": KEY, "parallelUploads": 2, "timeoutMs": 5000}
    quiet = ADAPTERS[point.adapter](directory, **settings)
    world = World(server, Life(quiet, point.scenario.kind), point.scenario)  # type: ignore[arg-type]  # it has the methods that are used
    engine = AskedEngine()
    world.life.adapter = _asking(engine, point.adapter)(directory, **settings)
    server.behave(latency=0.2)  # so that the engine is killed before the provider has the response to the request
    try:
        command = threading.Thread(target=_run, args=(world,))
        command.start()
        while len(server.requests) < world.since + point.request and command.is_alive():
            time.sleep(0.001)
        engine.kill()
        killed = len(server.requests)
        command.join(60)
        assert not command.is_alive()
    finally:
        world.life.adapter.stop()
        engine.kill()
    return [one.path for one in server.requests[killed:] if one.operation == "DeleteContextFile"]


def _asking(engine: AskedEngine, adapter: str) -> type[Adapter]:
    """Return a provider process class that receives the address of an engine."""
    kind = PROCESSES[adapter]
    return type(kind.__name__, (kind,), {"engine": engine.address})


def _kill(point: Point, doomed: World, world: World, server: ServerProcess, engine: AskedEngine) -> list[RequestRecord]:
    """Run the command, kill the process, and return the command's requests that had been answered by then."""
    since = len(server.requests)
    command = threading.Thread(target=_run, args=(doomed,))
    command.start()
    while len(seen := server.requests) < since + point.request and command.is_alive():
        time.sleep(0.002)
    if point.victim == "provider":
        doomed.life.adapter._process.kill()
    elif point.victim == "server":
        server.kill()
    else:
        engine.kill()
        _run(world)  # the next `up` starts from the previous state while the provider of the killed engine still works
    command.join(60)
    assert not command.is_alive()
    if point.victim == "server":
        server.start()
    return seen[since:]


def _run(world: World) -> None:
    with suppress(RefusedError):
        world.act()


def _acknowledged_is_stored(world: World, requests: list[RequestRecord]) -> None:
    """Require that the context contains every acknowledged file in full, unless the command erases the context."""
    if world.scenario.program is None or world.scenario.kind == "ContextFile":
        return
    contexts = world.contexts if world.has_its_own_context else [world.foreign]
    held = [holds(world.server, KEY, context_id) for context_id in contexts]
    for record in requests:
        if (record.operation, record.status) == ("Upload", 200) and record.path != OWNER_RECORD:
            assert any(files.get(record.path) == world.wanted[record.path] for files in held), f"{record.path} is lost"
