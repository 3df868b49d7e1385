"""Tests of the rules for stale responses, with scripted responses, and pauses that are recorded instead of slept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from pulumi_agbcontext.client.api import replica_lag
from pulumi_agbcontext.client.api.models import ContextFileEntry, ContextResult
from pulumi_agbcontext.client.api.replica_lag import (
    ClearStates,
    Consecutive,
    confirm_not_found,
    observe_agreed,
    observe_all,
    observe_files,
    read_again,
)
from pulumi_agbcontext.errors import NotFoundError, UnreachableError

Listing = Sequence[ContextFileEntry]


def entry(path: str, size: int = 1, created: str = "t0", modified: str = "t0") -> ContextFileEntry:
    return ContextFileEntry("f-1", path.rsplit("/", 1)[1], path, "file", created, modified, size)


class Scripted:
    """An API whose listings are given in advance. It rejects every call that is not expected.

    Args:
        listings: the responses, one for each request.
    """

    def __init__(self, *listings: Listing) -> None:
        self._listings = iter(listings)
        self.requests = 0

    def get(self, *_: object, **__: object) -> ContextResult:
        raise AssertionError("unexpected request")

    def list_all_files(self, context_id: str, parent_folder_path: str | None = None) -> list[ContextFileEntry]:
        assert (context_id, parent_folder_path) == ("ctx-1", None)
        self.requests += 1
        return list(next(self._listings))


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses in seconds, in order; none is slept."""
    slept: list[float] = []

    class Recorder:
        def sleep(self, seconds: float) -> None:
            slept.append(seconds)

    monkeypatch.setattr(replica_lag, "current", Recorder)
    return slept


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that advances the clock by a number of seconds."""
    now = [100.0]

    def advance(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return advance


def fails(*outcomes: Exception | str) -> Callable[[], str]:
    """Return a function whose calls raise or return the outcomes in turn."""
    script = iter(outcomes)

    def act() -> str:
        outcome = next(script)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return act


def test_a_call_that_succeeds_is_not_repeated(pauses: list[float]) -> None:
    assert confirm_not_found(fails("found")) == "found"
    assert pauses == []


def test_one_not_found_is_not_believed(pauses: list[float]) -> None:
    assert confirm_not_found(fails(NotFoundError("once"), "found")) == "found"
    assert pauses == [0.3]


def test_a_second_not_found_is_believed(pauses: list[float]) -> None:
    with pytest.raises(NotFoundError, match="twice"):
        confirm_not_found(fails(NotFoundError("once"), NotFoundError("twice"), "never asked"))
    assert pauses == [0.3]


def test_another_error_is_not_confirmed(pauses: list[float]) -> None:
    with pytest.raises(UnreachableError):
        confirm_not_found(fails(UnreachableError("down"), "never asked"))
    assert pauses == []


@pytest.mark.parametrize(
    ("reads", "found", "waited"),
    [(["doc"], "doc", [1.0]), (["", "doc"], "doc", [1.0, 1.0]), (["", "", "too late"], None, [1.0, 1.0])],
)
def test_a_missing_document_is_read_twice_more(
    reads: list[str], found: str | None, waited: list[float], pauses: list[float]
) -> None:
    outcomes = iter(reads)
    assert read_again(lambda: next(outcomes) or None) == found
    assert pauses == waited


def test_files_that_match_need_no_further_listing(pauses: list[float]) -> None:
    api = Scripted([entry("/a", 2), entry("/b", 7), entry("/other")])
    assert observe_files(api, "ctx-1", {"/a": 2, "/b": None}) == {"/a": entry("/a", 2), "/b": entry("/b", 7)}
    assert pauses == [0.0]


def test_a_missing_file_is_looked_for_in_three_listings(pauses: list[float]) -> None:
    api = Scripted([], [], [])
    assert observe_files(api, "ctx-1", {"/a": 2}) == {}
    assert pauses == [0.0, 1.0, 2.0]


def test_a_file_that_matched_once_stays_matched(pauses: list[float]) -> None:
    api = Scripted([entry("/a", 2)], [entry("/a", 9), entry("/b", 1)], [entry("/b", 3)])
    assert observe_files(api, "ctx-1", {"/a": 2, "/b": 4}) == {"/a": entry("/a", 2), "/b": entry("/b", 3)}


def test_all_files_are_those_of_any_listing_with_the_latest_size(pauses: list[float]) -> None:
    api = Scripted([entry("/a", 1)], [entry("/b", 1)], [entry("/a", 2)])
    assert observe_all(api, "ctx-1") == {"/a": 2, "/b": 1}
    assert pauses == [0.0, 0.3, 0.7]


def wanted(found: ContextFileEntry) -> bool:
    return found.file_path != "/own"


def test_files_that_no_listing_contains_need_one_listing(pauses: list[float]) -> None:
    api = Scripted([entry("/own")])
    assert observe_agreed(api, "ctx-1", wanted) == []
    assert pauses == [0.0]


def test_agreed_files_are_sorted_and_in_all_three_listings(pauses: list[float]) -> None:
    both = [entry("/z"), entry("/a"), entry("/own")]
    api = Scripted([*both, entry("/late")], both, [*both, entry("/late")])
    assert observe_agreed(api, "ctx-1", wanted) == ["/a", "/z"]
    assert pauses == [0.0, 0.3, 0.7]


@pytest.mark.parametrize(
    "changed", [entry("/a", size=2), entry("/a", created="t1"), entry("/a", modified="t1"), entry("/b")]
)
def test_a_file_that_changes_between_listings_is_not_agreed(changed: ContextFileEntry, pauses: list[float]) -> None:
    api = Scripted([entry("/a")], [changed])
    assert observe_agreed(api, "ctx-1", wanted) == []
    assert pauses == [0.0, 0.3]


def test_a_file_that_appears_after_the_first_listing_is_not_agreed() -> None:
    api = Scripted([entry("/a")], [entry("/a"), entry("/b")], [entry("/a"), entry("/b")])
    assert observe_agreed(api, "ctx-1", wanted) == ["/a"]
    assert api.requests == 3


def test_a_clear_that_was_observed_ends_with_the_first_usable_state(clock: Callable[[float], None]) -> None:
    states = ClearStates(("available", "in-use"))
    assert [states.ended(state) for state in ("clearing", "clearing", "in-use")] == [False, False, True]


def test_a_clear_that_was_not_observed_ends_after_three_usable_states(clock: Callable[[float], None]) -> None:
    states = ClearStates(("available",))
    ended = []
    for _ in range(3):
        ended.append(states.ended("available"))
        clock(0.5)
    assert ended == [False, False, True]


def test_three_usable_states_within_less_than_a_second_do_not_end_a_clear(clock: Callable[[float], None]) -> None:
    states = ClearStates(("available",))
    assert not any(states.ended("available") for _ in range(4))
    clock(0.9)
    assert not states.ended("available")
    clock(0.1)
    assert states.ended("available")


def test_two_usable_states_do_not_end_a_clear_after_any_time(clock: Callable[[float], None]) -> None:
    states = ClearStates(("available",))
    assert not states.ended("available")
    clock(60)
    assert not states.ended("available")


def test_an_unusable_state_starts_the_count_again(clock: Callable[[float], None]) -> None:
    states = ClearStates(("available",))
    for state in ("available", "available", "pending"):
        assert not states.ended(state)
        clock(2)
    assert [states.ended("available"), states.ended("available")] == [False, False]
    clock(1)
    assert states.ended("available")


def test_two_good_responses_in_a_row_are_enough() -> None:
    good = Consecutive()
    assert [good.add(each) for each in (True, False, True, True, True)] == [False, False, False, True, True]
