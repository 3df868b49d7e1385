"""Tests of the order of uploads and deletes, of recorded progress, and of messages about unsupported files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pulumi_agbcontext.errors import SourceChangedError
from pulumi_agbcontext.lifecycle.context.check import check
from pulumi_agbcontext.lifecycle.context.create import create
from pulumi_agbcontext.lifecycle.context.diff import diff
from pulumi_agbcontext.lifecycle.context.model import known_paths
from pulumi_agbcontext.lifecycle.context.update import update
from pulumi_agbcontext.lifecycle.files.apply import recorded_files
from pulumi_agbcontext.lifecycle.files.expansion import check_files
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.files.sources import ASSET
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import DATA, Resource


def touched(server: LocalServer, since: int) -> list[tuple[str, str]]:
    records = server.requests[since:]
    return [
        (one.operation, one.path)
        for one in records
        if one.operation in ("Upload", "DeleteContextFile") and one.path != OWNER_RECORD
    ]


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        ({"/a": "text:file", "/z": "text:z"}, {"/a/b": "text:below"}, "/a"),
        ({"/a/b/c": "text:below", "/z": "text:z"}, {"/a": "text:file"}, "/a/b/c"),
    ],
    ids=["a file becomes a directory", "a directory becomes a file"],
)
def test_only_conflicting_files_are_deleted_before_the_uploads(
    resource: Resource, before: dict[str, str], after: dict[str, str], first: str
) -> None:
    resource.up(name="data", files=before)
    since = len(resource.server.requests)
    resource.up(name="data", files=after)
    [new] = after
    assert touched(resource.server, since) == [
        ("DeleteContextFile", first),
        ("Upload", new),
        ("DeleteContextFile", "/z"),
    ]


def test_an_incomplete_operation_records_stored_files_and_marks_started_ones(resource: Resource) -> None:
    session = replace(resource.session, records_unfinished=True)
    resource.server.fault("Upload", "status", path="/b", status=400)
    checked = check({}, {"name": "data", "files": {"/a": "text:one", "/b": "text:two"}}, "data-1").inputs
    resource.server.fault("GetContextFileUploadUrl", "stall", path="/b", seconds=0.5)
    with pytest.raises(ResourceInitFailedError) as failed:
        create(session, DATA, checked)
    assert failed.value.outputs["files"] == {"/a": checked["files"]["/a"], "/b": "3:changed:text:two"}
    since = len(resource.server.requests)
    update(session, DATA, failed.value.resource_id, failed.value.outputs, checked)
    assert touched(resource.server, since) == [("Upload", "/b")]


def test_a_file_whose_delete_failed_does_not_count_as_stored(resource: Resource) -> None:
    resource.session = replace(resource.session, records_unfinished=True)
    resource.up(name="data", files={"/a": "text:one", "/b": "text:two"})
    resource.server.fault("DeleteContextFile", "status", path="/b", status=400)
    with pytest.raises(ResourceInitFailedError) as failed:
        resource.up(name="data", files={"/a": "text:one"})
    assert failed.value.outputs["files"] == {"/a": resource.outputs["files"]["/a"], "/b": "3:changed:text:two"}


def test_content_that_is_not_available_is_refused_with_its_path() -> None:
    with pytest.raises(SourceChangedError, match="/lost"):
        recorded_files({"/lost": "3:changed"})


def test_a_source_deleted_after_check_is_reported_with_path_and_reason(resource: Resource) -> None:
    Path("one").write_text("x")
    checked = check({}, {"name": "data", "files": {"/f": "file:one"}}, "data-1").inputs
    Path("one").unlink()
    with pytest.raises(SourceChangedError, match=r"/f.*one does not exist"):
        create(resource.session, DATA, checked)


def test_the_message_names_the_unsupported_value_or_the_conflicting_path() -> None:
    Path("folder").mkdir()
    Path("folder/x").write_text("x")
    _, failures = check_files({"files": {"/a": 3, "/": "folder:folder", "/x": "text:y"}})
    assert [("a number" in failure.reason, '"/x"' in failure.reason) for failure in failures] == [
        (True, False),
        (False, True),
    ]
    _, failures = check_files({"files": {"/a": "text:x", "/a/b": "text:y"}})
    assert "/a/b" in failures[0].reason


def test_unknown_files_hide_no_change_of_secret_files(resource: Resource) -> None:
    resource.up(name="data", secretFiles={"/s": "text:one"})
    news = check(resource.inputs, {"name": "data", "secretFiles": {"/s": "text:two"}}, "data-1").inputs
    changes = diff(resource.outputs, {**news, "files": UNKNOWN}).changes
    assert changes == {"files": "update", "secretFiles": "update"}


def test_a_quote_in_a_path_is_escaped_in_the_property_path(resource: Resource) -> None:
    resource.up(name="data")
    news = check(resource.inputs, {"name": "data", "files": {'/a"b': "text:x"}}, "data-1").inputs
    assert diff(resource.outputs, news).changes == {'files["/a\\"b"]': "add"}


def test_a_missing_asset_among_the_triggers_is_a_fault_of_that_trigger() -> None:
    [failure] = check({}, {"clearTriggers": ["v1", {ASSET: "file:missing"}]}, "data-1").failures
    assert failure.property == "clearTriggers[1]"


def test_the_known_paths_in_a_preview_are_those_of_known_files() -> None:
    inputs = {"files": {"/a": "text:x", "/b": UNKNOWN}, "secretFiles": UNKNOWN}
    assert known_paths(inputs) == ["/a", "/b"]
    assert known_paths({"secretFiles": {"/s": "text:x"}}) == ["/s"]
