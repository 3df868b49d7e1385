"""Other people in the middle of a command: who does what to the context, and at which of the command's requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi_agbcontext.client import Account, Context, connect, retry
from pulumi_agbcontext.client.service import ContextService
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.plugin.adapters import Life, RefusedError

from .matrix import ADAPTERS, every_text
from .scenarios import FOREIGN, KEY, SCENARIOS, Scenario, World

NEW_FILE = {"/agent/new": b"written by a session in the middle"}
HELD_SECONDS = 0.03  # for which the answer to the request is held back


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
    """Somebody does something while a request of a command waits for its answer."""

    adapter: str
    scenario: Scenario
    deed: str
    request: int

    def __str__(self) -> str:
        return f"{self.adapter}, {self.scenario.name}: somebody {self.deed} the context at request {self.request}"


def races() -> Iterator[Race]:
    """Every race."""
    for scenario in SCENARIOS:
        for request in range(1, sum(scenario.requests.values()) + 1):
            for deed in DEEDS:
                for adapter in ADAPTERS:
                    yield Race(adapter, scenario, deed, request)


def run(race: Race, server: LocalServer, folder: Path) -> None:
    """Let one race happen: nothing of anybody else is lost, and a refresh and an `up` converge."""
    server.reset()
    server.behave(clear_seconds=0.01)
    retry.budget.reset()
    adapter = ADAPTERS[race.adapter](folder, endpoint=server.url, apiKey=KEY)
    world = World(server, Life(adapter, race.scenario.kind), race.scenario)
    held = server.fault("*", "stall", occurrence=race.request, seconds=HELD_SECONDS)
    done: list[str] = []
    ended = threading.Event()
    somebody = threading.Thread(target=_do, args=(race, world, lambda: held.consumed or ended.is_set(), done))
    somebody.start()
    try:
        world.act()
    except RefusedError as error:
        every_text(error)
    finally:
        ended.set()
        somebody.join()
    _is_kept(race, world, done)
    _converges(race, world)


def _do(race: Race, world: World, now: Callable[[], object], done: list[str]) -> None:
    while not now():
        time.sleep(0.001)
    contexts = connect(Account(world.server.url, KEY, timeout=20))
    found = [world.foreign] if race.scenario.kind == "ContextFile" else sorted(world.contexts)
    for context_id in found:
        try:
            DEEDS[race.deed](contexts, world, context_id)
        except (KeyError, RuntimeError):  # it went in the same moment
            continue
        done.append(context_id)


def _is_kept(race: Race, world: World, done: list[str]) -> None:
    """What somebody has written stays, unless the command is one that erases."""
    if race.deed == "fills" and not race.scenario.erases:
        for context_id in done:
            assert holds(world.server, KEY, context_id).items() >= NEW_FILE.items(), "what somebody wrote is gone"


def _converges(race: Race, world: World) -> None:
    """As its errors say: refresh, then `up`; a name that somebody else's context has by now needs `adopt`."""
    life, program = world.life, world.scenario.program
    if life.id:
        life.refresh()
    if program is None:
        if life.id:
            life.destroy()
        return
    if race.scenario.kind == "ContextFile" and world.foreign not in {c["id"] for c in world.server.contexts(KEY)}:
        return  # a file whose context is gone has nowhere to be
    program = world.program(program)
    try:
        life.up(**program)
    except RefusedError as error:
        assert "already exists" in str(error), str(error)
        assert race.deed == "fills", str(error)
        life.up(**program, adopt=True)
    wanted = {path: content for path, content in world.wanted.items() if path not in FOREIGN}
    assert world.files.items() >= wanted.items()
