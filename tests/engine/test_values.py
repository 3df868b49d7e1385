"""Tests that every value of a program is unchanged by the wire format, the state file and a property path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint, Resource, StateFile
from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.property_paths import (
    covers,
    differences,
    format_path,
    parse_path,
    restore_ignored,
)
from pulumi_agbcontext.testing.engine.property_values import (
    UNKNOWN,
    Secret,
    from_struct,
    keep_secrets,
    reveal,
    to_struct,
)

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | NUMBERS | KEYS
NESTED = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3) | inner.map(Secret),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(KEYS, NESTED, max_size=4)


@settings(deadline=None)  # the machine may be busy
@given(PROPERTIES)
def test_the_wire_keeps_values_secrets_and_unknowns(properties: dict[str, Any]) -> None:
    sent = {**properties, "unknown": UNKNOWN, "deep": [{"er": UNKNOWN}]}
    assert from_struct(to_struct(sent)) == sent


@settings(deadline=None)  # the machine may be busy
@given(PROPERTIES, st.booleans())
def test_the_state_file_keeps_values_and_secrets(properties: dict[str, Any], show_secrets: bool) -> None:
    resource = Resource("urn:pulumi:a::b::c::d", custom=True, type="c", inputs=properties, outputs=properties)
    file = StateFile(Path("never-written.json"), "a passphrase")
    exported = json.loads(json.dumps(file.dump(Checkpoint([resource]), show_secrets)))
    assert StateFile(Path("never-written.json"), "a passphrase").parse(exported).resources == [resource]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(KEYS | st.integers(0, 99), min_size=1, max_size=4))
def test_a_property_path_is_parsed_as_it_was_formatted(steps: list[str | int]) -> None:
    assert parse_path(format_path(tuple(steps))) == steps


@settings(deadline=None)  # the machine may be busy
@given(PROPERTIES, PROPERTIES)
def test_differences_are_found_exactly_where_values_differ(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert differences(old, old) == []
    same = json.dumps(reveal(old), sort_keys=True) == json.dumps(reveal(new), sort_keys=True)
    assert not differences(old, new) or not same
    assert same or differences(old, new) or reveal(old) == reveal(new)  # 0 and 0.0 are the same number


@settings(deadline=None)  # the machine may be busy
@given(PROPERTIES)
def test_a_secret_stays_secret_if_a_provider_returns_it_as_a_plain_value(properties: dict[str, Any]) -> None:
    kept = keep_secrets(reveal(properties), properties)
    assert reveal(kept) == reveal(properties)
    assert _shown(kept) <= _shown(properties)


def _shown(value: Any) -> int:
    """Return the number of leaves that are not secret."""
    if isinstance(value, Secret):
        return 0
    if isinstance(value, dict):
        return sum(map(_shown, value.values()))
    return sum(map(_shown, value)) if isinstance(value, list) else 1


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("files", 'files["/a.txt"]', True),
        ('files["/a.txt"]', "files", False),
        ("*", "anything.at.all", True),
        ("items[*].name", "items[3].name", True),
        ("items[*].name", "items[3].size", False),
        ("file", "files", False),
    ],
)
def test_a_property_path_covers_everything_below_it(pattern: str, path: str, expected: bool) -> None:
    assert covers(pattern, path) is expected


def test_ignored_properties_alone_keep_their_old_values() -> None:
    old = {"a": {"x": 1, "y": 2}, "b": [1, 2], "gone": 1, "s": Secret({"x": 1})}
    new = {"a": {"x": 5, "y": 6, "z": 7}, "b": [5, 6], "s": Secret({"x": 5}), "more": 1}
    ignored = ["a.x", "a.z", "b[1]", "gone", "s.x"]
    expected = {"a": {"x": 1, "y": 6}, "b": [5, 2], "gone": 1, "s": Secret({"x": 1}), "more": 1}
    assert restore_ignored(new, old, ignored) == expected


def test_an_invalid_property_path_is_an_error() -> None:
    with pytest.raises(EngineError, match="not a property path"):
        parse_path('files["unfinished')
