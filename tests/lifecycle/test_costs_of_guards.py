"""Tests that directories, exclusive contents and guards send the number of requests that their page states."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.errors import ContextInUseError, WaitTimeoutError

from .conftest import KEY, Resource

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "exclusive.md"
_ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_TERM = re.compile(r"(\d*)([nkm]?)")
FILES = {f"/{number}": f"text:{number}" for number in range(5)}
EDITED = {**FILES, "/0": "text:edited", "/1": "text:edited"}
NAME = {"name": "data"}  # the program of a context; a directory has no name


class Costs:
    """One resource with five files, and the number of requests that its operations send."""

    def __init__(self, resource: Resource, program: dict[str, Any]) -> None:
        self.resource, self.program = resource, program
        self.server = resource.server

    def up(self, files: dict[str, str] = FILES, **settings: Any) -> int:
        """Deploy the program."""
        return self.of(lambda: self.resource.up(**self.program, files=files, **settings))

    def refresh(self) -> int:
        """Refresh the resource."""
        return self.of(self.resource.refresh)

    def destroy(self) -> int:
        """Delete the resource."""
        return self.of(self.resource.destroy)

    def of(self, act: Callable[[], object]) -> int:
        """Return the number of requests that an operation sends."""
        since = len(self.server.requests)
        act()
        return len(self.server.requests) - since

    def put_unmanaged(self, count: int) -> None:
        """Write files into the context as an agent would."""
        context_id = self.resource.id.partition("/")[0]
        for number in range(count):
            self.server.put_file(KEY, context_id, f"/data/agent-{number}", b"by an agent")

    def use(self) -> None:
        """Mark the context as used by a session."""
        self.server.set_state(self.resource.id.partition("/")[0], "in-use")


@pytest.fixture(params=["directory", "resource"], ids=["ContextDirectory", "Context"])
def costs(request: pytest.FixtureRequest) -> Costs:
    """Return a directory or a context that the program does not declare yet."""
    resource = request.getfixturevalue(request.param)
    if request.param == "resource":
        return Costs(resource, NAME)
    resource.server.remove_file(KEY, resource.context_id, "/data/agent.txt")
    return Costs(resource, {})


def stated(costs: Costs, what: str, **counts: int) -> int:
    """Return the number of requests that the page states.

    Args:
        costs: resource; a directory is in the first column, a context in the second.
        what: first cell of the row.
        counts: values of `n`, `k` and `m`.
    """
    [row] = [cells for cells in _ROW.findall(PAGE.read_text("utf-8")) if cells[0] == what]
    terms = [_TERM.fullmatch(term) for term in row[2 if costs.program else 1].split(" + ")]
    return sum(int(term[1] or 1) * counts.get(term[2], 1) for term in terms if term)


def test_a_create_costs_what_the_page_states(costs: Costs) -> None:
    assert costs.up() == stated(costs, "create with `n` files", n=5)


def test_a_plan_without_changes_costs_nothing(costs: Costs) -> None:
    costs.up(exclusive=True, ignoreFiles=["/notes/"])
    assert costs.up(exclusive=True, ignoreFiles=["/notes/"]) == stated(costs, "`up` without changes") == 0


def test_a_change_of_settings_alone_costs_nothing(costs: Costs) -> None:
    costs.up()
    changed = costs.up(exclusive=True, ignoreFiles=["/notes/"], maxDeletes=1, whenInUse="fail")
    assert changed == stated(costs, "update that changes only settings") == 0


def test_an_update_costs_what_the_page_states(costs: Costs) -> None:
    costs.up()
    assert costs.up(EDITED) == stated(costs, "update of `k` files", k=2)


def test_a_refresh_costs_what_the_page_states(costs: Costs) -> None:
    costs.up()
    costs.put_unmanaged(3)
    assert costs.refresh() == stated(costs, "refresh")


def test_an_exclusive_refresh_without_unmanaged_files_costs_one_more_listing(costs: Costs) -> None:
    costs.up(exclusive=True, ignoreFiles=["agent-*"])
    costs.put_unmanaged(3)
    refreshed = costs.refresh()
    assert refreshed == stated(costs, "refresh with `exclusive`, no unmanaged files")
    assert refreshed == stated(costs, "refresh") + 1


def test_unmanaged_files_cost_what_the_page_states(costs: Costs) -> None:
    costs.up(exclusive=True)
    costs.put_unmanaged(3)
    assert costs.refresh() == stated(costs, "refresh with `exclusive`, `m` unmanaged files", m=3)
    assert costs.up(exclusive=True) == stated(costs, "deletion of `m` unmanaged files", m=3)
    assert not [path for path in costs.resource.files if "agent" in path]


def test_a_delete_costs_what_the_page_states(costs: Costs) -> None:
    costs.up()
    assert costs.destroy() == stated(costs, "delete with `n` seeded files", n=5)


@pytest.mark.parametrize("choice", ["wait", "fail"])
def test_an_unused_context_adds_no_requests_to_an_update(costs: Costs, choice: str) -> None:
    costs.up(whenInUse=choice)
    assert costs.up(EDITED, whenInUse=choice) == stated(costs, "update of `k` files", k=2)


@pytest.mark.parametrize("choice", ["wait", "fail"])
def test_before_a_delete_a_guard_against_sessions_costs_what_the_page_states(costs: Costs, choice: str) -> None:
    costs.up(whenInUse=choice)
    assert costs.destroy() == stated(costs, "delete with `when_in_use` set, `n` seeded files", n=5)


def test_a_context_in_use_costs_a_refused_update_one_request(costs: Costs) -> None:
    costs.up(whenInUse="fail")
    costs.use()

    def refused() -> None:
        with pytest.raises(ContextInUseError):
            costs.up(EDITED, whenInUse="fail")

    assert costs.of(refused) == stated(costs, "update rejected by `when_in_use`")


def test_a_wait_for_sessions_costs_one_request_for_each_poll(costs: Costs) -> None:
    waiting: dict[str, Any] = {"whenInUse": "wait", "clearTimeout": 0.5, "clearPollInterval": 0.1}
    costs.up(**waiting)
    costs.use()
    since = len(costs.server.requests)
    with pytest.raises(WaitTimeoutError):
        costs.up(EDITED, **waiting)
    assert {record.operation for record in costs.server.requests[since:]} == {"GetContext"}


def test_force_destroy_false_costs_three_listings(resource: Resource) -> None:
    costs = Costs(resource, NAME)
    costs.up(forceDestroy=False)
    assert costs.destroy() == stated(costs, "delete with `force_destroy=False`")
