"""Changes by other programs during a command, at each of its requests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi_agbcontext.client import Account, Context
from pulumi_agbcontext.client.service import ContextService
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import LocalServer, RequestRecord
from tests.holding import holds
from tests.plugin.adapters import Life, RefusedError

from .in_process import PluginInProcess
from .matrix import ADAPTERS, every_text
from .scenarios import KEY, SCENARIOS, Scenario, World, declared

NEW_FILE = {"/agent/new": b"written by a session in the middle"}
HELD_SECONDS = 0.03  # delay of the response to the request


def _delete(contexts: ContextService, world: World, context_id: str) -> None:
    contexts.delete(Context(context_id, ""))


def _clear(contexts: ContextService, world: World, context_id: str) -> None:
    contexts.clear_async(context_id)


def _fill(contexts: ContextService, world: World, context_id: str) -> None:
    world.put(context_id, NEW_FILE)


DEEDS: Mapping[str, Callable[[ContextService, World, str], None]] = {
    "deletes": _delete,
    "clears": _clear,
    "fills": _fill,
}


@dataclass(frozen=True)
class Race:
    """A change by another program while a request of a command waits for its response."""

    adapter: str
    scenario: Scenario
    deed: str
    request: int

    def __str__(self) -> str:
        return (
            f"{self.adapter}, {self.scenario.name}: another program {self.deed} the context at request {self.request}"
        )


def races() -> Iterator[Race]:
    """Generate all races."""
    for scenario in SCENARIOS:
        if scenario.remedy:
            continue
        for request in range(1, sum(scenario.requests.values()) + 1):
            for deed in DEEDS:
                for adapter in ADAPTERS:
                    yield Race(adapter, scenario, deed, request)


def run(race: Race, server: LocalServer, directory: Path) -> None:
    """Run one race. Data of other writers must remain, and a refresh and an `up` must converge."""
    server.reset()
    server.behave(clear_polls=1)
    adapter = ADAPTERS[race.adapter](directory, endpoint=server.url, apiKey=KEY)
    world = World(server, Life(adapter, race.scenario.kind), race.scenario)
    held = server.fault("*", "stall", occurrence=race.request, seconds=HELD_SECONDS)
    done: list[str] = []
    ended = threading.Event()
    another_program = threading.Thread(target=_do, args=(race, world, lambda: held.consumed or ended.is_set(), done))
    another_program.start()
    try:
        world.act()
    except RefusedError as error:
        every_text(error)
    finally:
        ended.set()
        another_program.join()
    _is_kept(race, world, done)
    _converges(race, world)


def _do(race: Race, world: World, now: Callable[[], object], done: list[str]) -> None:
    while not now():
        time.sleep(0.001)
    contexts = ContextService(Account(world.server.url, KEY, timeout=20))
    found = sorted(world.contexts) if world.has_its_own_context else [world.foreign]
    for context_id in found:
        try:
            DEEDS[race.deed](contexts, world, context_id)
        except (KeyError, RuntimeError):  # it was deleted at the same time
            continue
        done.append(context_id)


def _is_kept(race: Race, world: World, done: list[str]) -> None:
    """Require that files of other writers remain, unless the command erases the context."""
    if race.deed == "fills" and not race.scenario.erases:
        for context_id in done:
            assert holds(world.server, KEY, context_id).items() >= NEW_FILE.items(), "files of another program are lost"


def _converges(race: Race, world: World) -> None:
    """Follow the error messages: refresh, then `up`, with `adopt` if another owner's context now has the name."""
    life, program = world.life, world.scenario.program
    if life.id:
        life.refresh()
    if program is None:
        if life.id:
            life.destroy()
        return
    if not world.has_its_own_context and world.foreign not in {c["id"] for c in world.server.contexts(KEY)}:
        return  # the context of the files no longer exists
    program = world.program(program)
    try:
        life.up(**program)
    except RefusedError as error:
        assert "already exists" in str(error), str(error)
        assert race.deed in ("fills", "clears"), str(error)
        life.up(**program, adopt=True)
    assert world.files.items() >= declared(program).items()


class Newcomer(PluginInProcess):
    """The provider of another stack."""

    stack = "prod"


NEWCOMERS_FILES = {"/a": "by the newcomer", "/theirs": "data of the newcomer"}


@dataclass(frozen=True)
class Meeting:
    """Another stack that creates or adopts the same context while a request of a command waits for its response."""

    adapter: str
    scenario: Scenario
    adopts: bool
    request: int

    def __str__(self) -> str:
        deed = "adopts" if self.adopts else "creates"
        return f"{self.adapter}, {self.scenario.name}: another stack {deed} the context at request {self.request}"


def meetings() -> Iterator[Meeting]:
    """Generate all meetings of two owners: an adoption during any command, and a create during a create."""
    for scenario in SCENARIOS:
        if scenario.kind != "Context" or scenario.remedy or {**(scenario.program or {})}.get("ownerRecord") is False:
            continue
        name = (scenario.before or scenario.program or {}).get("name")
        for request in range(1, sum(scenario.requests.values()) + 1):
            for adapter in ADAPTERS:
                if scenario.before is None and name and not (scenario.program or {}).get("adopt"):
                    yield Meeting(adapter, scenario, False, request)
                if name:
                    yield Meeting(adapter, scenario, True, request)


def meet(meeting: Meeting, server: LocalServer, directory: Path) -> str:
    """Run one meeting and return the owner of the context at the end."""
    server.reset()
    server.behave(clear_polls=1)
    ours = ADAPTERS[meeting.adapter](directory, endpoint=server.url, apiKey=KEY)
    world = World(server, Life(ours, "Context"), meeting.scenario)
    newcomer = Life(Newcomer(directory, endpoint=server.url, apiKey=KEY))
    name = (meeting.scenario.before or meeting.scenario.program or {})["name"]
    since = len(server.requests)
    held = server.fault("*", "stall", occurrence=meeting.request, seconds=HELD_SECONDS)
    ended = threading.Event()
    reported: list[str] = []

    def come() -> None:
        while not (held.consumed or ended.is_set()):
            time.sleep(0.001)
        try:
            newcomer.up(name=name, adopt=meeting.adopts, files=NEWCOMERS_FILES)
        except RefusedError as error:
            reported.append(every_text(error))

    thread = threading.Thread(target=come)
    thread.start()
    succeeded = True
    try:
        world.act()
    except RefusedError as error:
        succeeded = False
        every_text(error)
    finally:
        ended.set()
        thread.join()
    return _judged(meeting, world, newcomer, succeeded, server.requests[since:], reported)


def _judged(
    meeting: Meeting,
    world: World,
    newcomer: Life,
    succeeded: bool,
    requests: list[RequestRecord],
    reported: list[str],
) -> str:
    """Require at most one recorded owner, complete files of the owner, and an error for a stack that owns nothing."""
    server = world.server
    owner = _owner(server, newcomer.id)
    theirs = bool(newcomer.id) and owner == newcomer.outputs["ownerId"]
    if not theirs:
        assert meeting.adopts or reported or newcomer.id, "the newcomer received no error"
        return "ours" if succeeded else "nobody's"
    if not meeting.adopts:
        assert not (succeeded and world.life.id), "two owners"
    kept = server.files(KEY, newcomer.id)
    assert kept.get("/theirs") == NEWCOMERS_FILES["/theirs"].encode() or _stalled(meeting, requests), "data is lost"
    if not meeting.adopts:
        assert kept["/a"] == NEWCOMERS_FILES["/a"].encode(), "a file is torn"
    if world.life.id:
        before = dict(kept)
        world.life.destroy()
        assert server.files(KEY, newcomer.id) == before, "the destroy of the former owner deleted files"
    return "the newcomer's"


def _owner(server: LocalServer, context_id: str) -> str:
    record = server.files(KEY, context_id).get(OWNER_RECORD) if context_id else None
    return str(json.loads(record)["owner"]) if record else ""


def _stalled(meeting: Meeting, requests: list[RequestRecord]) -> bool:
    """Return whether a writer paused between its read of the record and its clear or delete, which has no guarantee."""
    ours = [record for record in requests if record.operation != "GetContext" or record.path == ""]
    held = ours[meeting.request - 1] if meeting.request <= len(ours) else None
    return meeting.scenario.erases and held is not None and held.path == OWNER_RECORD
