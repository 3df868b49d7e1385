"""Tests of plans: update or replace, for each file."""

import hashlib
from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.context.diff import diff
from pulumi_agbcontext.lifecycle.properties import UNKNOWN

OLD: dict[str, Any] = {"name": "data", "region": "cn-hangzhou", "files": {}, "generation": 1}


def text(content: str, source: str = "text:x") -> str:
    return f"{len(content)}:{hashlib.sha256(content.encode()).hexdigest()}:{source}"


def changes(olds: dict[str, Any], news: dict[str, Any]) -> dict[str, str]:
    return dict(diff({**OLD, **olds}, {"name": "data", **news}).changes)


def test_an_unchanged_program_plans_no_change() -> None:
    assert changes({}, {}) == {}


def test_a_new_name_is_an_update() -> None:
    assert changes({}, {"name": "other"}) == {"name": "update"}
    assert changes({}, {"name": UNKNOWN}) == {"name": "update"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("cn-hangzhou", None, {}),
        ("cn-hangzhou", "cn-hangzhou", {}),
        ("cn-hangzhou", "ap-southeast-1", {"region": "replace"}),
        ("cn-hangzhou", UNKNOWN, {"region": "update"}),
        (None, "cn-hangzhou", {"region": "update"}),
    ],
)
def test_only_an_explicit_and_known_new_region_replaces(old: Any, new: Any, expected: dict[str, str]) -> None:
    assert changes({"region": old}, {"region": new} if new is not None else {}) == expected


def test_files_are_compared_individually_and_by_digest_alone() -> None:
    olds = {"/same": text("1", "file:a"), "/edited": text("2"), "/removed": text("3")}
    news = {"/same": text("1", "file:elsewhere"), "/edited": text("two"), "/added": text("4"), "/unknown": UNKNOWN}
    assert changes({"files": olds}, {"files": news}) == {
        'files["/edited"]': "update",
        'files["/added"]': "add",
        'files["/unknown"]': "add",
        'files["/removed"]': "delete",
    }


def test_a_file_that_a_refresh_found_changed_is_an_update() -> None:
    assert changes({"files": {"/a": "9:changed:file:a"}}, {"files": {"/a": text("1")}}) == {'files["/a"]': "update"}


def test_unknown_files_are_an_update() -> None:
    assert changes({}, {"files": UNKNOWN}) == {"files": "update"}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ([1], [2], "replace"),
        ([1], [1, 1], "replace"),
        ([1, 2], [2, 1], "replace"),
        ([True], [1], "replace"),
        (["1"], [1], "replace"),
        ([{"a": 1, "b": None}], [{"a": 1}], "replace"),
        ([], [1], "replace"),
        ([1], [UNKNOWN], "replace"),
        ([1], UNKNOWN, "replace"),
        ([1], [{"deep": [UNKNOWN]}], "replace"),
        (None, [1], "update"),
        (None, [UNKNOWN], "update"),
        ([1], None, "update"),
        ([2.0], [2], None),
        ([{"a": 1, "b": 2}], [{"b": 2, "a": 1}], None),
        (None, None, None),
    ],
)
def test_triggers_compare_as_json(old: Any, new: Any, kind: str | None) -> None:
    olds = {} if old is None else {"clearTriggers": old}
    news = {} if new is None else {"clearTriggers": new}
    assert changes(olds, news) == ({"clearTriggers": kind} if kind else {})


def test_a_trigger_with_clear_in_place_is_an_update_and_the_new_setting_decides() -> None:
    olds = {"clearTriggers": [1], "clearInPlace": False}
    assert changes(olds, {"clearTriggers": [2], "clearInPlace": True}) == {
        "clearTriggers": "update",
        "clearInPlace": "update",
    }
    assert diff({**OLD, **olds, "clearInPlace": True}, {"name": "data", "clearTriggers": [2]}).replaces == [
        "clearTriggers"
    ]


def test_a_setting_that_changed_is_recorded_by_an_update() -> None:
    assert changes({}, {"clearTimeout": 90}) == {"clearTimeout": "update"}
    assert changes({"clearTimeout": 90}, {}) == {"clearTimeout": "update"}
    assert changes({}, {"clearTimeout": 60}) == {}


def test_a_state_of_an_older_release_without_new_properties_plans_no_change() -> None:
    assert diff({"name": "data"}, {"name": "data"}).changes == {}
