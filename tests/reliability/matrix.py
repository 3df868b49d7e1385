"""Every operation of every scenario, combined with every fault that the local server can cause."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.testing.server import LocalServer
from tests.client.support import call_log, raw_server
from tests.client.test_fault_matrix import PASSING, PASSING_STATUSES, REFUSED, RESETS, STORE_REFUSALS, FaultCase
from tests.holding import holds
from tests.plugin.adapters import Adapter, Life, RefusedError

from .in_process import DynamicInProcess, PluginInProcess
from .scenarios import CANARY, FOREIGN, KEY, RECORD_OF_ANOTHER, SCENARIOS, Scenario, World

SLOW = [
    FaultCase("stall", "stall", carried_out=True),
    FaultCase("slow body", "slow_body", {"seconds": 60.0}, carried_out=True),
]
EARLY = FaultCase("early 403", "early_403")
API_FAULTS = [*PASSING, *REFUSED, *SLOW, EARLY]
# The store reports success by status alone, so no fault changes the body of a response to an upload.
STORE_FAULTS = [*PASSING_STATUSES, *RESETS, *STORE_REFUSALS, FaultCase("403", "status", {"status": 403}), EARLY, *SLOW]
READ_FAULTS = [FaultCase(kind, kind, carried_out=True) for kind in ("empty", "truncated_json", "reset_middle")]
ONCE, FOR_GOOD = 1, 1000
STORE = ("Upload", "Download")
CONTEXT_CHANGES = {"ClearContext", "DeleteContext", "ModifyContext"}
STATE = ("outputs", "_metadata")  # attributes of an error that carry the result to record: for the state alone
QUICK_SECONDS = 0.4  # timeout of calls that meet a slow server
ADAPTERS: dict[str, type[Adapter]] = {"dynamic": DynamicInProcess, "plugin": PluginInProcess}


@dataclass(frozen=True, eq=False)
class Cell:
    """One fault that affects one request of one scenario through one adapter, once or permanently."""

    adapter: str
    scenario: Scenario
    operation: str
    occurrence: int
    fault: FaultCase
    times: int

    def __str__(self) -> str:
        lasting = "once" if self.times == ONCE else "for good"
        met = f"{self.operation} {self.occurrence} meets {self.fault.name} {lasting}"
        return f"{self.adapter}, {self.scenario.name}: {met}"


@dataclass
class Outcome:
    """Result of a cell."""

    failed: bool = False
    texts: list[str] = field(default_factory=list)
    exists_error: bool = False


def faults_of(operation: str) -> Sequence[FaultCase]:
    if operation == "Upload":
        return STORE_FAULTS
    return [*STORE_FAULTS, *READ_FAULTS] if operation == "Download" else API_FAULTS


def cells() -> Iterator[Cell]:
    """Generate all cells of the matrix."""
    for adapter in ADAPTERS:
        for scenario in SCENARIOS:
            for operation, requests in scenario.requests.items():
                for fault in faults_of(operation):
                    yield Cell(adapter, scenario, operation, 1, fault, FOR_GOOD)
                    for occurrence in range(1, requests + 1):
                        yield Cell(adapter, scenario, operation, occurrence, fault, ONCE)


def in_process(cell: Cell, server: LocalServer, directory: Path) -> Life:
    """Return the resource of a cell, managed by an adapter in this process."""
    adapter = ADAPTERS[cell.adapter](directory, endpoint=server.url, apiKey=KEY)
    return Life(adapter, cell.scenario.kind)


def play(
    cell: Cell, server: LocalServer, directory: Path, begin: Callable[[Cell, LocalServer, Path], Life] = in_process
) -> Outcome:
    """Run one cell and check all guarantees."""
    server.reset()
    server.behave(clear_polls=1)
    world = World(server, begin(cell, server, directory), cell.scenario)
    before = world.files
    with call_log() as lines, _other_host(cell) as (address, heads):
        outcome = _meet(cell, world, address)
        nothing_is_lost(world, before)
        only_these_were_deleted(world, set() if cell.scenario.refreshes else world.may_go)
        the_state_is_true(world)
        assert outcome.failed or not cell.scenario.remedy, "a record that cannot be parsed was accepted"
        if not outcome.failed and not cell.scenario.refreshes:
            assert world.files == world.wanted, "the command succeeded without the expected files"
        converges(world, outcome)
        assert heads == [], "something was sent to another host"
    nothing_leaks([*outcome.texts, *lines], server)
    return outcome


def _redirects(cell: Cell) -> bool:
    return "Location" in cell.fault.parameters.get("headers", {})


def _other_host(cell: Cell) -> AbstractContextManager[tuple[str, list[bytes]]]:
    """Open the server to which a redirect points, and collect the requests that it receives."""
    return raw_server(lambda connection: None) if _redirects(cell) else nullcontext(("", []))


def _meet(cell: Cell, world: World, other_host: str) -> Outcome:
    parameters: dict[str, Any] = dict(cell.fault.parameters)
    if _redirects(cell):
        parameters["headers"] = {"Location": f"{other_host}/sdk/{cell.operation}"}
    if cell.fault in SLOW:
        world.life.adapter._configuration["timeoutMs"] = QUICK_SECONDS * 1000
        world.life.adapter.stop()
        world.life.adapter._start()
    outcome = Outcome()
    played = world.server.fault(
        cell.operation, cell.fault.kind, occurrence=cell.occurrence, times=cell.times, **parameters
    )
    try:
        world.act()
    except RefusedError as error:
        outcome.failed = True
        outcome.texts.append(every_text(error))
    assert played.consumed >= 1, "no request met the fault"
    played.times = 0
    world.life.adapter._configuration.pop("timeoutMs", None)
    return outcome


def every_text(error: BaseException) -> str:
    """Return all text that an error handler could print of an error and its causes."""
    assert "Traceback" not in str(error), str(error)
    assert "\n" not in str(error), str(error)
    assert "defect" not in str(error), str(error)
    texts = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        shown = {key: value for key, value in vars(link).items() if key not in STATE}
        texts.append(repr(link) + repr(shown))
        link = link.__cause__ or link.__context__
    return "\n".join(texts)


def nothing_is_lost(world: World, before: dict[str, bytes]) -> None:
    """Require that no file is torn, no file of another writer is lost without reason, and no second context exists."""
    assert holds(world.server, KEY, world.foreign).items() >= FOREIGN.items(), "a file of another writer is lost"
    assert len(world.contexts) <= 1, f"more than one context: {world.contexts}"
    assert all(record.authorized is False for record in world.server.requests if record.operation in STORE)
    if world.files and not world.scenario.erases and world.has_its_own_context and world.life.id:
        kept = {path: content for path, content in before.items() if path in FOREIGN}
        assert world.files.items() >= kept.items(), "a file of another writer is lost"
    for path, content in world.files.items():
        assert content in (before.get(path), world.wanted.get(path)), f"{path} is torn: {content!r}"
    untouched = {path: content for path, content in before.items() if world.wanted.get(path) == content}
    if not world.scenario.erases:
        assert world.files.items() >= untouched.items(), "an acknowledged file is lost"


def only_these_were_deleted(world: World, paths: set[str]) -> None:
    """Require that only these files were deleted and that another stack's context is only used below the path."""
    asked = world.server.requests[world.since :]
    deleted = {(one.context, one.path) for one in asked if one.operation == "DeleteContextFile"}
    if world.has_its_own_context:  # a failed adoption restores the record of the former owner
        deleted = {(context, path) for context, path in deleted if path != OWNER_RECORD or context == world.foreign}
    assert deleted <= {(world.holding, path) for path in paths}, f"deleted, but not recorded: {deleted}"
    if world.has_its_own_context:
        assert not [one for one in asked if one.context == world.foreign], "a context of another stack was used"
        return
    assert not {one.operation for one in asked} & CONTEXT_CHANGES, "the context of another stack was changed"
    assert not [one for one in asked if one.path == OWNER_RECORD], "the owner record of another stack was used"
    if world.foreign in {context["id"] for context in world.server.contexts(KEY)}:
        assert world.server.files(KEY, world.foreign)[OWNER_RECORD] == RECORD_OF_ANOTHER


def the_state_is_true(world: World) -> None:
    """Require that the state is correct: the server has every context whose id the state contains."""
    if world.life.id and world.has_its_own_context and world.scenario.program is not None:
        if not (world.scenario.erases and world.life.id not in world.contexts):  # a replacement deletes first
            assert world.life.id in world.contexts, "the state names a context that does not exist"
        assert world.life.outputs["name"]


def converges(world: World, outcome: Outcome) -> None:
    """Run the same program again. The files must match it, and the next plan must be empty and send no request."""
    said: dict[str, Any] = dict(world.scenario.remedy)
    try:
        if world.scenario.refreshes and world.life.id:
            world.life.refresh()
        world.settle(**said)
    except RefusedError as error:
        assert _is_a_named_window(world, str(error)), f"the same program does not converge: {error}"
        outcome.exists_error = True
        said["adopt"] = True
        world.settle(**said)
    assert world.files == world.wanted
    only_these_were_deleted(world, world.may_go)
    if world.scenario.program is not None:
        since = len(world.server.requests)
        assert world.life.up(**{**world.program(world.scenario.program), **said}) == "same"
        assert world.server.requests[since:] == []
        the_record_is_true(world, said)


def the_record_is_true(world: World, said: dict[str, Any]) -> None:
    """Require that the owner record names this resource and that its create is finished."""
    recorded = {**(world.scenario.program or {}), **said}.get("ownerRecord", True)
    if world.has_its_own_context and recorded:
        record = json.loads(world.server.files(KEY, world.life.id)[OWNER_RECORD])
        assert (record["owner"], record["phase"]) == (world.life.outputs["ownerId"], "ready")


def _is_a_named_window(world: World, message: str) -> bool:
    """Return whether the error belongs to a documented window.

    The window is a create under an explicit name whose first write never arrived, or a create whose last write arrived
    but is not in the state. The error names the context, its known owner, and `adopt`.
    """
    program = world.scenario.program or {}
    unrecorded = "it is empty and has no owner record" in message and "name" in program
    finished = "belongs to resource 'data' of stack dev in project shop" in message
    without_records = program.get("ownerRecord") is False
    return (
        world.has_its_own_context
        and not world.life.id
        and len(world.contexts) == 1
        and all(text in message for text in (*world.contexts, "adopt"))
        and (unrecorded or finished or without_records)
    )


def nothing_leaks(texts: list[str], server: LocalServer) -> None:
    everything = "\n".join([*texts, repr(server.requests)])
    for secret in (KEY, CANARY, "signature=", "Bearer"):
        assert secret not in everything, everything[: everything.index(secret) + 60][-300:]
