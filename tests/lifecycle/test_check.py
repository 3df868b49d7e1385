"""Tests of check: every fault of a program's inputs is a value that names its property."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.lifecycle.context.check import check
from pulumi_agbcontext.lifecycle.properties import UNKNOWN


def entry(content: bytes, source: str) -> str:
    return f"{len(content)}:{hashlib.sha256(content).hexdigest()}:{source}"


def faults(**news: Any) -> dict[str, str]:
    return {
        failure.property: failure.reason for failure in check({}, {"name": "data", **news}, "data-1234567").failures
    }


def test_a_file_is_recorded_as_size_digest_and_relative_source() -> None:
    Path("seed").mkdir()
    Path("seed/a.txt").write_bytes(b"hello")
    checked = check({}, {"name": "data", "files": {"/a.txt": "file:seed/a.txt"}}, "x")
    assert checked.failures == []
    assert checked.inputs["files"] == {"/a.txt": entry(b"hello", "file:seed/a.txt")}


def test_a_directory_becomes_one_entry_for_each_file_below_its_key() -> None:
    Path("seed/sub").mkdir(parents=True)
    Path("seed/a.txt").write_bytes(b"a")
    Path("seed/sub/b").write_bytes(b"b")
    files = check({}, {"name": "d", "files": {"/data": "folder:seed", "/z": {"t": "text:T"}}}, "x").inputs["files"]
    assert files == {
        "/data/a.txt": entry(b"a", "file:seed/a.txt"),
        "/data/sub/b": entry(b"b", "file:seed/sub/b"),
        "/z/t": entry(b"T", "text:T"),
    }


def test_a_recorded_entry_is_kept_unchanged() -> None:
    old = entry(b"gone", "file:gone.txt")
    assert check({}, {"name": "data", "files": {"/a": old}}, "x").inputs["files"] == {"/a": old}


def test_without_a_name_the_derived_one_is_used() -> None:
    assert check({}, {}, "data-1234567").inputs == {"name": "data-1234567"}


def test_without_a_name_and_with_derived_names_disabled_the_name_is_refused() -> None:
    [failure] = check({}, {"files": {"/a": "text:a"}}, None).failures
    assert (failure.property, failure.reason) == (
        "name",
        "the configuration `pulumi:autonaming` disables derived names; set `name`",
    )


def test_a_generated_name_is_kept() -> None:
    olds = {"name": "given"}
    assert check(olds, {}, "data-1234567").inputs == {"name": "given"}


def test_unknown_values_pass_through_at_any_depth() -> None:
    news = {
        "name": UNKNOWN,
        "files": {"/a": UNKNOWN, "/b": "text:b"},
        "clearTriggers": [1, {"v": UNKNOWN}],
        "adopt": UNKNOWN,
    }
    checked = check({}, news, UNKNOWN)
    assert checked.failures == []
    assert checked.inputs == {**news, "files": {"/a": UNKNOWN, "/b": entry(b"b", "text:b")}}


def test_an_unknown_filter_makes_the_files_unknown_and_nothing_else() -> None:
    news = {"name": "data", "files": {"/a": "text:a"}, "exclude": UNKNOWN, "clearTimeout": 90}
    checked = check({}, news, "data-1234567")
    assert checked.failures == []
    assert checked.inputs == {"name": "data", "files": UNKNOWN, "exclude": UNKNOWN, "clearTimeout": 90}


def test_a_fault_beside_an_unknown_value_is_already_found_in_the_preview() -> None:
    assert list(faults(files={"/a": UNKNOWN, "b": "text:x"})) == ['files["b"]']


@pytest.mark.parametrize("name", ["", " padded ", "x" * 256, "a\x00b", "a\nb"])
def test_an_invalid_name_is_refused(name: str) -> None:
    assert list(faults(name=name)) == ["name"]


@pytest.mark.parametrize(
    ("files", "property_path", "words"),
    [
        ({"/a": "file:none.txt"}, 'files["/a"]', "none.txt does not exist"),
        ({"/a": "file:folder"}, 'files["/a"]', "is a directory"),
        ({"/": "folder:none"}, 'files["/"]', "does not exist"),
        ({"/": "folder:empty"}, 'files["/"]', "contains no files"),
        ({"/": "folder:plain.txt"}, 'files["/"]', "is neither a directory nor an archive"),
        (
            {"/a": "unsupported:int"},
            'files["/a"]',
            "unsupported value; expected an asset, an archive or a string, got a number",
        ),
        ({"/a": 3}, 'files["/a"]', "unsupported value"),
        ({"a": "text:x"}, 'files["a"]', 'use "/a"'),
        ({"/a": "text:x", "/a/b": "text:y"}, 'files["/a"]', "a directory in"),
        ({"/": "folder:folder", "/x": "text:y"}, 'files["/x"]', "set twice"),
        ({"/p": "file:pipe"}, 'files["/p"]', "not a regular file"),
        ({"/": "folder:leaving"}, 'files["/"]', "to a file outside"),
        ("text", "files", "must be a map of paths to files, not a string"),
    ],
)
def test_an_invalid_file_names_the_property_and_the_reason(files: Any, property_path: str, words: str) -> None:
    for directory in ("folder", "empty", "leaving"):
        Path(directory).mkdir()
    Path("folder/x").write_text("x")
    Path("plain.txt").write_text("text")
    os.mkfifo("pipe")
    Path("leaving/out").symlink_to("/etc/hostname")
    found = faults(files=files)
    assert list(found) == [property_path]
    assert words in found[property_path]


def test_an_unreadable_file_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("locked").write_text("x")
    Path("locked").chmod(0)
    if os.geteuid() == 0:  # root can read all files, but no link that refers to itself
        Path("locked").unlink()
        Path("locked").symlink_to("locked")
    assert "cannot be read" in faults(files={"/a": "file:locked"})['files["/a"]']


def test_one_path_in_both_maps_is_refused() -> None:
    assert faults(files={"/a": "text:x"}, secretFiles={"/a": "text:x"}) == {
        'secretFiles["/a"]': "the path is also in `files`; set it in only one of them"
    }


@pytest.mark.parametrize(
    ("news", "property_path"),
    [
        ({"clearTimeout": 0}, "clearTimeout"),
        ({"clearPollInterval": -1}, "clearPollInterval"),
        ({"clearTimeout": float("nan")}, "clearTimeout"),
        ({"driftCheck": "sometimes"}, "driftCheck"),
        ({"adopt": "perhaps"}, "adopt"),
        ({"clearTriggers": "v1"}, "clearTriggers"),
        ({"region": ""}, "region"),
        ({"colour": "red"}, "colour"),
        ({"colour": UNKNOWN}, "colour"),
    ],
)
def test_an_invalid_setting_names_the_property(news: dict[str, Any], property_path: str) -> None:
    assert list(faults(**news)) == [property_path]


def test_numbers_as_strings_are_accepted_if_they_are_exact() -> None:
    checked = check({}, {"name": "d", "clearTimeout": "90", "adopt": "true"}, "x")
    assert checked.inputs == {"name": "d", "clearTimeout": 90.0, "adopt": True}


def test_a_directory_or_archive_among_the_triggers_is_recorded_by_the_digests_of_its_files() -> None:
    Path("v").mkdir()
    Path("v/a").write_text("1")
    news = {"name": "d", "clearTriggers": [{"agbcontext:asset": "folder:v"}, {"agbcontext:asset": {"t": "text:2"}}]}
    assert check({}, news, "x").inputs["clearTriggers"] == [
        {"agbcontext:asset": {"/a": entry(b"1", "")[:-1]}},
        {"agbcontext:asset": {"/t": entry(b"2", "")[:-1]}},
    ]


def test_an_asset_among_the_triggers_is_recorded_by_its_digest_alone() -> None:
    Path("v.txt").write_text("1")
    triggers = check({}, {"name": "d", "clearTriggers": [{"agbcontext:asset": "file:v.txt"}]}, "x").inputs[
        "clearTriggers"
    ]
    assert triggers == [{"agbcontext:asset": entry(b"1", "")[:-1]}]


@pytest.mark.parametrize(
    ("program", "property_name", "words"),
    [
        ({"clearTimeout": 0}, "clearTimeout", "must be greater than 0"),
        ({"clearTimeout": 100_000}, "clearTimeout", "must be at most 86,400"),
        ({"maxDeletes": -1}, "maxDeletes", "must be at least 0"),
        ({"whenInUse": "never"}, "whenInUse", "must be 'proceed', 'wait' or 'fail'"),
        ({"ignoreFiles": ["!"]}, "ignoreFiles", "correct the pattern"),
    ],
)
def test_a_value_out_of_range_is_reported_with_the_limit(
    program: dict[str, Any], property_name: str, words: str
) -> None:
    found = faults(**program)
    assert list(found) == [property_name]
    assert words in found[property_name]
