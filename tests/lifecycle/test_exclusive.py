"""Tests of exclusive contents: a refresh records unmanaged files, and the next update deletes only those."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pulumi_agbcontext.errors import AGBError, TooManyDeletesError
from pulumi_agbcontext.lifecycle.context.model import state_of
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.files.unmanaged import delete_unmanaged, recorded_unmanaged
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.lifecycle.provider.claims import Claims
from pulumi_agbcontext.lifecycle.provider.declared_resources import DeclaredResources
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import DATA, HANDLER, KEY, Directory, Resource

PROGRAM: dict[str, Any] = {"name": "data", "files": {"/a": "text:a"}, "exclusive": True}


@pytest.fixture
def exclusive(resource: Resource, warnings: list[str]) -> Resource:
    """Return an exclusive context in which an agent has written two files."""
    resource.session = replace(resource.session, warn=warnings.append)
    resource.up(**PROGRAM)
    write(resource, "/agent/x", b"x")
    write(resource, "/agent/y", b"y")
    return resource


def write(resource: Resource, path: str, content: bytes) -> None:
    """Write a file as an agent does."""
    context_id = resource.id.partition("/")[0]
    resource.server.put_file(KEY, context_id, path, content)


def test_an_update_without_a_refresh_deletes_no_files_of_other_writers(exclusive: Resource) -> None:
    assert exclusive.up(**PROGRAM) == "same"
    assert exclusive.up(**{**PROGRAM, "files": {"/a": "text:new"}}) == "update"
    assert exclusive.files == {"/a": b"new", "/agent/x": b"x", "/agent/y": b"y"}


def test_a_refresh_records_unmanaged_files_by_name_and_the_next_update_deletes_them(
    exclusive: Resource, warnings: list[str]
) -> None:
    exclusive.refresh()
    assert set(exclusive.outputs["unmanagedFiles"]) == {"/agent/x", "/agent/y"}
    assert warnings == [
        "data: found 2 unmanaged files (/agent/x, /agent/y). Because `exclusive` is set, the next `pulumi up` deletes "
        "those that have not changed by then. To keep a file, add its path to `ignore_files`."
    ]
    assert exclusive.up(**PROGRAM) == "update"
    assert exclusive.files == {"/a": b"a"}
    assert "unmanagedFiles" not in exclusive.outputs


def test_files_recorded_by_a_refresh_of_the_same_run_are_kept_until_the_next_run(exclusive: Resource) -> None:
    """Cover `pulumi up --refresh`, which refreshes again after its plan; the plan could not name later files."""
    exclusive.refresh()
    write(exclusive, "/agent/late", b"late")
    exclusive.refresh()
    session = exclusive.session
    news = HANDLER.check(session, DATA, exclusive.inputs, PROGRAM).inputs
    changes = HANDLER.diff(session, DATA, exclusive.id, exclusive.outputs, news).changes
    assert changes == {
        'unmanagedFiles["/agent/x"]': "delete",
        'unmanagedFiles["/agent/y"]': "delete",
        "unmanagedFiles": "update",
    }
    limited = HANDLER.check(session, DATA, exclusive.inputs, {**PROGRAM, "maxDeletes": 2}).inputs
    assert HANDLER.diff(session, DATA, exclusive.id, exclusive.outputs, limited).changes.keys() >= changes.keys()
    exclusive.outputs = HANDLER.update(session, DATA, exclusive.id, exclusive.outputs, news)
    assert exclusive.files == {"/a": b"a", "/agent/late": b"late"}
    assert set(exclusive.outputs["unmanagedFiles"]) == {"/agent/late"}
    assert exclusive.up(**PROGRAM) == "update"
    assert exclusive.files == {"/a": b"a"}


def test_the_owner_record_is_never_an_unmanaged_file(exclusive: Resource) -> None:
    exclusive.refresh()
    exclusive.up(**PROGRAM)
    assert OWNER_RECORD in exclusive.server.files(KEY, exclusive.id)


def test_without_exclusive_nothing_is_recorded_and_the_listing_is_read_once(resource: Resource) -> None:
    resource.up(name="data", files={"/a": "text:a"})
    write(resource, "/agent/x", b"x")
    since = len(resource.server.requests)
    resource.refresh()
    assert "unmanagedFiles" not in resource.outputs
    assert [one.operation for one in resource.server.requests[since:]].count("DescribeContextFiles") == 1


def test_a_file_that_appears_after_the_refresh_is_kept(exclusive: Resource) -> None:
    exclusive.refresh()
    write(exclusive, "/agent/new", b"new")
    exclusive.up(**PROGRAM)
    assert exclusive.files == {"/a": b"a", "/agent/new": b"new"}


@pytest.mark.parametrize("content", [b"z", b"longer"])
@pytest.mark.parametrize("lag", [0.0, 3600.0])
def test_a_file_that_an_agent_overwrites_after_the_refresh_is_kept(
    exclusive: Resource, warnings: list[str], content: bytes, lag: float
) -> None:
    exclusive.refresh()
    exclusive.server.behave(listing_lag=lag)
    write(exclusive, "/agent/x", content)
    warnings.clear()
    exclusive.up(**PROGRAM)
    assert exclusive.files == {"/a": b"a", "/agent/x": content}
    assert warnings == [
        "data: kept 1 unmanaged file (/agent/x), which changed after the last refresh. To delete them, run `pulumi "
        "refresh`, then `pulumi up`."
    ]


def test_a_file_that_an_agent_deletes_after_the_refresh_is_not_an_error(exclusive: Resource) -> None:
    exclusive.refresh()
    exclusive.server.remove_file(KEY, exclusive.id, "/agent/x")
    exclusive.up(**PROGRAM)
    assert exclusive.files == {"/a": b"a"}


@pytest.mark.parametrize("listing", [2, 3, 4])  # the first one compares the seeded files
def test_a_file_that_one_of_three_listings_does_not_show_is_not_recorded(exclusive: Resource, listing: int) -> None:
    nothing = {"success": True, "code": "ok", "httpStatusCode": 200, "data": [], "count": 0, "requestId": "R"}
    exclusive.server.fault("DescribeContextFiles", "answer", occurrence=listing, content=json.dumps(nothing))
    exclusive.refresh()
    assert "unmanagedFiles" not in exclusive.outputs


def test_a_file_that_listings_still_show_after_its_deletion_is_not_recorded(exclusive: Resource) -> None:
    exclusive.server.behave(listing_lag=0.2)
    exclusive.server.remove_file(KEY, exclusive.id, "/agent/x")
    exclusive.server.behave(listing_lag=3600.0)
    exclusive.refresh()
    assert "/agent/x" not in exclusive.outputs.get("unmanagedFiles", {})


def test_files_that_match_ignore_files_are_neither_recorded_nor_deleted(exclusive: Resource) -> None:
    program = {**PROGRAM, "ignoreFiles": ["/agent/*", "!/agent/y"]}
    exclusive.up(**program)
    exclusive.refresh()
    assert set(exclusive.outputs["unmanagedFiles"]) == {"/agent/y"}
    exclusive.up(**program)
    assert exclusive.files == {"/a": b"a", "/agent/x": b"x"}


def test_patterns_added_after_the_refresh_apply_immediately(exclusive: Resource) -> None:
    exclusive.refresh()
    exclusive.up(**PROGRAM, ignoreFiles=["x"])
    assert exclusive.files == {"/a": b"a", "/agent/x": b"x"}


def test_turning_exclusive_off_after_the_refresh_deletes_nothing(exclusive: Resource) -> None:
    exclusive.refresh()
    exclusive.up(**{**PROGRAM, "exclusive": False})
    assert set(exclusive.files) == {"/a", "/agent/x", "/agent/y"}
    exclusive.up(**PROGRAM)
    assert set(exclusive.files) == {"/a", "/agent/x", "/agent/y"}


def test_a_recorded_file_that_the_program_declares_now_is_seeded_and_not_deleted(exclusive: Resource) -> None:
    exclusive.refresh()
    exclusive.up(**{**PROGRAM, "files": {"/a": "text:a", "/agent/x": "text:x"}})
    assert exclusive.files == {"/a": b"a", "/agent/x": b"x"}


def test_a_recorded_file_that_another_resource_of_the_program_keeps_is_not_deleted(exclusive: Resource) -> None:
    exclusive.refresh()
    session = replace(exclusive.session, declared=DeclaredResources())
    delete_unmanaged(
        replace(session, declared=kept_by_another(session.declared, f"{exclusive.id}/agent/x")),
        DATA,
        Location(exclusive.id),
        recorded_unmanaged(state_of(exclusive.outputs), PROGRAM, run="").to_delete,
    )
    assert exclusive.files == {"/a": b"a", "/agent/x": b"x"}


def kept_by_another(declared: DeclaredResources, file_id: str) -> DeclaredResources:
    declared.keep(DATA._replace(key="urn:other"), Claims(frozenset([file_id])))
    return declared


def test_a_clear_in_place_does_not_delete_recorded_files_individually(exclusive: Resource) -> None:
    exclusive.up(**PROGRAM, clearTriggers=["v1"], clearInPlace=True)
    exclusive.refresh()
    since = len(exclusive.server.requests)
    exclusive.up(**PROGRAM, clearTriggers=["v2"], clearInPlace=True)
    assert "DeleteContextFile" not in [one.operation for one in exclusive.server.requests[since:]]
    assert exclusive.files == {"/a": b"a"}


def test_more_than_twenty_names_end_with_a_number(exclusive: Resource, warnings: list[str]) -> None:
    for number in range(25):
        write(exclusive, f"/many/{number:02}", b"m")
    exclusive.refresh()
    assert len(exclusive.outputs["unmanagedFiles"]) == 27
    assert "found 27 unmanaged files (/agent/x, /agent/y, /many/00," in warnings[0]
    assert "/many/17 and 7 more)" in warnings[0]


def test_a_refresh_records_at_most_a_thousand_names(exclusive: Resource, warnings: list[str]) -> None:
    for number in range(1010):
        write(exclusive, f"/many/{number:04}", b"m")
    exclusive.refresh()
    assert len(exclusive.outputs["unmanagedFiles"]) == 1000
    assert "12 more will be recorded by a later refresh." in warnings[0]


def test_an_update_that_deletes_more_than_max_deletes_is_refused_before_anything_changes(exclusive: Resource) -> None:
    exclusive.refresh()
    since = len(exclusive.server.requests)
    with pytest.raises(TooManyDeletesError) as caught:
        exclusive.up(**{**PROGRAM, "files": {"/b": "text:b"}}, maxDeletes=2)
    assert str(caught.value) == (
        "Refused to update 'data': the update would delete 3 files (/a, /agent/x, /agent/y), and `max_deletes` is 2. "
        "Check the preview. To accept the deletes, increase `max_deletes`."
    )
    assert exclusive.server.requests[since:] == []
    assert exclusive.up(**{**PROGRAM, "files": {"/b": "text:b"}}, maxDeletes=3) == "update"
    assert exclusive.files == {"/b": b"b"}


def test_max_deletes_counts_secret_files_without_naming_them(resource: Resource) -> None:
    resource.up(name="data", secretFiles={"/secret/plan": "text:a", "/secret/key": "text:b"})
    with pytest.raises(TooManyDeletesError) as caught:
        resource.up(name="data", maxDeletes=1)
    assert "would delete 2 files, and" in str(caught.value)


def test_a_refresh_is_never_refused_because_of_max_deletes(exclusive: Resource) -> None:
    """Guard against a refusal after a refresh, in which the engine compares resources without running the program."""
    exclusive.up(**PROGRAM, maxDeletes=0)
    exclusive.refresh()
    session = replace(exclusive.session, declared=DeclaredResources())
    inputs = {**exclusive.inputs, "exclusive": True, "maxDeletes": 0}
    assert HANDLER.diff(session, DATA, exclusive.id, exclusive.outputs, inputs).changes != {}


def test_a_directory_is_exclusive_only_below_its_path(directory: Directory) -> None:
    write_elsewhere = {"/other/x": b"x", "/database/x": b"x"}
    for path, content in write_elsewhere.items():
        directory.server.put_file(KEY, directory.context_id, path, content)
    directory.up(files={"/a": "text:a"}, exclusive=True)
    directory.refresh()
    assert set(directory.outputs["unmanagedFiles"]) == {"/agent.txt"}
    directory.up(files={"/a": "text:a"}, exclusive=True)
    assert directory.files == {**write_elsewhere, "/data/a": b"a"}


def test_the_patterns_of_a_directory_are_relative_to_it(directory: Directory) -> None:
    program = {"files": {"/a": "text:a"}, "exclusive": True, "ignoreFiles": ["/agent.txt"]}
    directory.up(**program)
    directory.refresh()
    assert "unmanagedFiles" not in directory.outputs


@pytest.mark.parametrize("path", ["/../x", "//x", "/x/", "/x\n/y", "x"])
def test_a_hostile_listing_records_no_path_that_no_program_can_declare(
    exclusive: Resource, agb_server: LocalServer, path: str
) -> None:
    entry = {"fileId": "1", "fileName": "x", "filePath": path, "fileType": "file", "size": 1, "gmtModified": "1"}
    content = {"success": True, "code": "ok", "httpStatusCode": 200, "data": [entry], "count": 1, "requestId": "R"}
    agb_server.fault("DescribeContextFiles", "answer", times=20, content=json.dumps(content))
    exclusive.refresh()
    assert "unmanagedFiles" not in exclusive.outputs


def test_a_delete_that_fails_is_continued_by_the_next_update(exclusive: Resource) -> None:
    exclusive.refresh()
    exclusive.server.fault("DeleteContextFile", "status", path="/agent/y", status=400)
    with pytest.raises(AGBError):
        exclusive.up(**PROGRAM)
    assert exclusive.up(**PROGRAM) == "update"
    assert exclusive.files == {"/a": b"a"}


def test_a_failed_update_keeps_the_recorded_names_where_the_adapter_records_progress(exclusive: Resource) -> None:
    exclusive.refresh()
    exclusive.session = replace(exclusive.session, records_unfinished=True)
    exclusive.server.fault("DeleteContextFile", "status", path="/agent/y", status=400)
    with pytest.raises(ResourceInitFailedError) as caught:
        exclusive.up(**PROGRAM)
    exclusive.outputs = caught.value.outputs
    assert set(exclusive.outputs["unmanagedFiles"]) == {"/agent/x", "/agent/y"}
    exclusive.up(**PROGRAM)
    assert exclusive.files == {"/a": b"a"}
