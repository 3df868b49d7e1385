"""An agent that writes to the context of an exclusive resource between refresh, plan and update, or during update."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pulumi_agbcontext.testing.server import LocalServer, RequestRecord
from tests.plugin.adapters import Life

from .matrix import ADAPTERS, only_these_were_deleted
from .scenarios import KEY, SCENARIOS, Scenario, World

HELD_SECONDS = 0.03  # delay of the response to the request
LAG = 0.05  # seconds
LISTINGS: Mapping[str, Mapping[str, Any]] = {
    "current": {},
    "lagging": {"listing_lag": LAG},
    "flapping": {"listing_lag": LAG, "listing_flapping": True},
}
EXCLUSIVE = [replace(scenario, agents={}) for scenario in SCENARIOS if scenario.recorded and not scenario.refreshes]
"""The scenarios in which an agent writes nothing but what the race says."""
DEEDS: Mapping[str, tuple[str, bytes | None]] = {
    "writes a new file": ("/agent/new", b"new"),
    "overwrites a recorded file": ("/agent/2", b"longer than before"),
    "overwrites a recorded file with as many bytes": ("/agent/2", b"owt"),
    "deletes a recorded file": ("/agent/2", None),
}
AFTER_REFRESH, AFTER_PLAN = -1, 0


@dataclass(frozen=True)
class AgentRace:
    """A change by an agent to one file after the refresh that recorded unmanaged files.

    Args:
        adapter: the provider.
        scenario: the update of an exclusive resource.
        deed: the agent's action.
        moment: `AFTER_REFRESH`, `AFTER_PLAN`, or the number of the update's request whose response is delayed.
        listing: how far listings lag.
    """

    adapter: str
    scenario: Scenario
    deed: str
    moment: int
    listing: str

    def __str__(self) -> str:
        moments = {AFTER_REFRESH: "after the refresh", AFTER_PLAN: "after the plan"}
        moment = moments.get(self.moment, f"at request {self.moment}")
        return f"{self.adapter}, {self.scenario.name}: an agent {self.deed} {moment}, listings are {self.listing}"

    @property
    def path(self) -> str:
        """Return the path of the file in the context."""
        path = DEEDS[self.deed][0]
        directory: str = (self.scenario.program or {}).get("path", "")
        return directory + path


def agent_races() -> Iterator[AgentRace]:
    """Generate all races."""
    for scenario in EXCLUSIVE:
        for moment in (AFTER_REFRESH, AFTER_PLAN, *range(1, sum(scenario.requests.values()) + 1)):
            for deed in DEEDS:
                for listing in LISTINGS:
                    for adapter in ADAPTERS:
                        yield AgentRace(adapter, scenario, deed, moment, listing)


def run(race: AgentRace, server: LocalServer, directory: Path) -> bool:
    """Run one race. The agent's file must remain, and all other recorded files must be deleted.

    Returns:
        Whether the race hit the window that is not covered by the guarantee: the agent wrote between the last check of
        the file and its deletion.
    """
    world = begin(race.adapter, race.scenario, server, directory, **LISTINGS[race.listing])
    if race.moment == AFTER_REFRESH:
        _act(race, world)
    plan(world)
    if race.moment == AFTER_PLAN:
        _act(race, world)
    since = len(server.requests)
    _update(race, world)
    window = _in_the_window(race, server.requests[since:])
    content = DEEDS[race.deed][1]
    assert world.files.get(race.path) == content or window, "the agent's file is lost"
    others = {path: text for path, text in world.files.items() if path != race.path}
    assert others == {path: text for path, text in world.wanted.items() if path != race.path}
    only_these_were_deleted(world, world.may_go)
    _nothing_more_goes(world)
    return window


def begin(adapter: str, scenario: Scenario, server: LocalServer, directory: Path, **behaviour: Any) -> World:
    """Create an exclusive resource and record unmanaged files by a refresh, with one transfer at a time."""
    server.reset()
    server.behave(**behaviour)
    life = Life(ADAPTERS[adapter](directory, endpoint=server.url, apiKey=KEY, parallelUploads=1), scenario.kind)
    return World(server, life, replace(scenario, disturb=lambda world: _record(world, LAG if behaviour else 0)))


def _record(world: World, lag: float) -> None:
    world.put(world.holding, world.scenario.recorded)
    time.sleep(2 * lag)
    world.life.refresh()
    directory = (world.scenario.program or {}).get("path", "")
    recorded = {directory + path for path in world.life.outputs["unmanagedFiles"]}
    assert recorded == world.scenario.recorded.keys()


def plan(world: World) -> None:
    """Plan the update in a separate process, as a preview does."""
    life = world.life
    life.adapter.begin_command()
    assert world.scenario.program is not None
    life.diff(life.check(life.inputs, world.program(world.scenario.program)))


def _act(race: AgentRace, world: World) -> None:
    content = DEEDS[race.deed][1]
    if content is None:
        with suppress(KeyError):  # the update has deleted the file
            world.server.remove_file(KEY, world.holding, race.path)
    else:
        world.put(world.holding, {race.path: content})


def _update(race: AgentRace, world: World) -> None:
    if race.moment in (AFTER_REFRESH, AFTER_PLAN):
        world.act()
        return
    held = world.server.fault("*", "stall", occurrence=race.moment, seconds=HELD_SECONDS)
    ended = threading.Event()

    def act() -> None:
        while not (held.consumed or ended.is_set()):
            time.sleep(0.001)
        time.sleep(HELD_SECONDS / 3)  # the request is then complete and its response delayed
        _act(race, world)

    agent = threading.Thread(target=act)
    agent.start()
    try:
        world.act()
    finally:
        ended.set()
        agent.join()


def _in_the_window(race: AgentRace, requests: list[RequestRecord]) -> bool:
    """Return whether the delayed response is the response to the last check of the file."""
    if race.moment in (AFTER_REFRESH, AFTER_PLAN) or race.moment > len(requests):
        return False
    held = requests[race.moment - 1]
    return (held.operation, held.path) == ("Download", race.path)


def _nothing_more_goes(world: World) -> None:
    """Require that a later `up` without another refresh changes nothing and sends no request."""
    since, before = len(world.server.requests), world.files
    assert world.scenario.program is not None
    assert world.life.up(**world.program(world.scenario.program)) == "same"
    assert (world.server.requests[since:], world.files) == ([], before)
