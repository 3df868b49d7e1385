"""Tests of a directory of files in the context of another program, from creation to deletion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pulumi_agbcontext.errors import (
    AnotherAccountError,
    ContextDeletedError,
    ContextFileExistsError,
    InvalidIdError,
    NotFoundError,
    UnreachableError,
)
from pulumi_agbcontext.lifecycle.context_directory.handler import ContextDirectoryHandler
from pulumi_agbcontext.lifecycle.context_directory.read import import_directory
from pulumi_agbcontext.lifecycle.context_file.handler import ContextFileHandler
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.lifecycle.provider.declared_resources import DeclaredResources
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource as Declared
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import DATA, HANDLER, KEY, CheckFailedError, Directory, Resource
from .support import uploads

DIRECTORIES, FILES = ContextDirectoryHandler(), ContextFileHandler()
AGENT = {"/data/agent.txt": b"agent"}


def test_files_of_a_directory_are_stored_below_its_path_and_all_others_are_kept(directory: Directory) -> None:
    assert directory.up(files={"/a.txt": "text:one", "/sub/b.bin": "base64:AAE="}) == "create"
    assert directory.files == {**AGENT, "/data/a.txt": b"one", "/data/sub/b.bin": b"\0\1"}
    assert directory.id == f"{directory.context_id}/data/"
    assert set(directory.outputs["files"]) == {"/a.txt", "/sub/b.bin"}
    assert (directory.outputs["fileCount"], directory.outputs["size"]) == (2, 5)


def test_the_root_of_a_context_is_a_directory_too(directory: Directory) -> None:
    directory.up(path="/", files={"/a.txt": "text:one"})
    assert directory.id == f"{directory.context_id}/"
    assert directory.files == {**AGENT, "/a.txt": b"one"}
    directory.destroy()
    assert directory.files == AGENT


def test_a_local_directory_can_be_its_source(directory: Directory, tmp_path: Path) -> None:
    (tmp_path / "seed" / "sub").mkdir(parents=True)
    (tmp_path / "seed" / "sub" / "a.txt").write_text("one")
    (tmp_path / "seed" / ".hidden").write_text("no")
    directory.up(source="seed")
    assert directory.files == {**AGENT, "/data/sub/a.txt": b"one"}
    assert directory.outputs["files"]["/sub/a.txt"].endswith(":file:seed/sub/a.txt")
    (tmp_path / "seed" / "sub" / "a.txt").write_text("two")
    assert directory.up(source="seed") == "update"
    assert directory.files["/data/sub/a.txt"] == b"two"
    assert directory.up(source="seed", includeHidden=True) == "update"
    assert directory.files["/data/.hidden"] == b"no"


def test_an_unknown_source_leaves_the_files_unknown(directory: Directory) -> None:
    checked = DIRECTORIES.check(
        None, directory.declared, {}, {"contextId": UNKNOWN, "path": "/data", "source": UNKNOWN}
    )
    assert (checked.failures, checked.inputs["files"]) == ([], UNKNOWN)


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        ({"files": {"/a": "text:a"}, "source": "seed"}, "source: set either `files` or `source`, not both"),
        ({"source": "nowhere"}, "source: directory nowhere does not exist"),
        ({"path": "data"}, "path: must be an absolute path"),
        ({"path": "/data/"}, "path: "),
        ({"files": {"a.txt": "text:a"}}, 'files["a.txt"]: '),
        ({"files": {"/" + "x" * 1020: "text:a"}}, "a path must be at most 1,023 characters long, got 1,026"),
        ({"path": "/", "files": {"/.agbcontext-owner.json": "text:a"}}, "reserved for the owner record"),
        ({"contextId": " "}, "contextId: "),
        ({"ignoreFiles": ["a", "!"]}, "ignoreFiles: "),
        ({"maxDeletes": -1}, "maxDeletes: "),
        ({"whenInUse": "never"}, "whenInUse: "),
        ({"source_path": "x"}, "source_path: unknown property"),
    ],
)
def test_check_names_the_invalid_property(directory: Directory, program: dict[str, object], fault: str) -> None:
    since = len(directory.server.requests)
    with pytest.raises(CheckFailedError) as caught:
        directory.up(**program)
    assert fault.split(":")[0] in str(caught.value)
    assert directory.server.requests[since:] == []


def test_an_update_uploads_only_what_changed_and_deletes_only_its_own(directory: Directory) -> None:
    directory.up(files={"/a": "text:a", "/b": "text:b", "/c": "text:c"})
    directory.server.put_file(KEY, directory.context_id, "/data/later.txt", b"later")
    since = len(directory.server.requests)
    assert directory.up(files={"/a": "text:a", "/b": "text:new"}) == "update"
    assert uploads(directory.server, since) == ["/data/b"]
    assert directory.files == {**AGENT, "/data/later.txt": b"later", "/data/a": b"a", "/data/b": b"new"}


def test_the_owner_record_is_neither_read_nor_written_and_the_context_is_never_changed(
    resource: Resource, directory: Directory
) -> None:
    resource.up(name="data")
    directory.context_id = resource.id
    since = len(directory.server.requests)
    directory.up(files={"/a": "text:a"})
    directory.up(files={"/a": "text:b"})
    directory.refresh()
    directory.destroy()
    requests = directory.server.requests[since:]
    assert {record.operation for record in requests}.isdisjoint({"ModifyContext", "ClearContext", "DeleteContext"})
    assert all("owner" not in (record.path or "") for record in requests)
    assert resource.refresh()


def test_a_file_of_another_writer_is_refused_before_anything_is_uploaded(directory: Directory) -> None:
    since = len(directory.server.requests)
    with pytest.raises(ContextFileExistsError, match=r"/data/agent\.txt already exists in context"):
        directory.up(files={"/agent.txt": "text:mine", "/new": "text:new"})
    assert uploads(directory.server, since) == []
    assert directory.files == AGENT
    assert directory.up(files={"/agent.txt": "text:mine"}, overwriteFiles=True) == "create"
    assert directory.files == {"/data/agent.txt": b"mine"}


def test_an_existing_file_with_the_same_content_is_recorded_without_an_upload(directory: Directory) -> None:
    since = len(directory.server.requests)
    directory.up(files={"/agent.txt": "text:agent"})
    assert uploads(directory.server, since) == []
    directory.destroy()
    assert directory.files == {}


def test_a_changed_path_or_context_moves_its_files(directory: Directory) -> None:
    directory.up(files={"/a": "text:a"})
    assert directory.up(path="/other", files={"/a": "text:a"}) == "replace"
    assert directory.files == {**AGENT, "/other/a": b"a"}


def test_a_new_generation_uploads_all_files_again(directory: Directory) -> None:
    directory.up(files={"/a": "text:a", "/b": "text:b"}, contextGeneration=1)
    directory.server.behave(clear_seconds=0.0)
    directory.session.contexts.erasures.clear(directory.context_id)
    directory.server.behave(clear_seconds=0.1)
    assert directory.up(files={"/a": "text:a", "/b": "text:b"}, contextGeneration=2) == "update"
    assert directory.files == {"/data/a": b"a", "/data/b": b"b"}


def test_a_refresh_finds_missing_and_changed_files_and_the_next_up_restores_them(directory: Directory) -> None:
    directory.up(files={"/a": "text:a", "/b": "text:b", "/c": "text:c"})
    directory.session.contexts.transfers.delete_many(directory.context_id, ["/data/a"])
    directory.server.put_file(KEY, directory.context_id, "/data/b", b"longer")
    assert directory.refresh()
    assert "/a" not in directory.outputs["files"]
    assert directory.outputs["files"]["/b"].startswith("6:changed")
    since = len(directory.server.requests)
    assert directory.up(files={"/a": "text:a", "/b": "text:b", "/c": "text:c"}) == "update"
    assert uploads(directory.server, since) == ["/data/a", "/data/b"]


def test_a_directory_in_a_deleted_context_cannot_be_updated_and_its_delete_succeeds(directory: Directory) -> None:
    directory.up(files={"/a": "text:a"})
    directory.session.contexts.erasures.delete(directory.context_id)
    with pytest.raises(ContextDeletedError):
        directory.up(files={"/a": "text:b"})
    directory.handler.delete(directory.session, None, directory.id, directory.outputs)
    assert not directory.refresh()


def test_a_context_that_another_account_cannot_see_does_not_count_as_deleted(directory: Directory) -> None:
    directory.up(files={"/a": "text:a"})
    directory.outputs = {**directory.outputs, "account": "0" * 16}
    directory.context_id = "SdkCtx-nowhere"
    outputs = {**directory.outputs, "contextId": "SdkCtx-nowhere"}
    with pytest.raises(AnotherAccountError):
        directory.handler.read(directory.session, "SdkCtx-nowhere/data/", outputs)
    with pytest.raises(AnotherAccountError):
        directory.handler.delete(directory.session, None, "SdkCtx-nowhere/data/", outputs)


def test_a_create_in_a_context_that_does_not_exist_is_not_found(directory: Directory) -> None:
    with pytest.raises(NotFoundError):
        directory.up(contextId="SdkCtx-nowhere", files={"/a": "text:a"})


def test_an_import_records_context_and_path_and_adopts_no_files(directory: Directory) -> None:
    found = import_directory(directory.session, f"{directory.context_id}/data/")
    assert found is not None
    assert found.inputs == {"contextId": directory.context_id, "path": "/data"}
    assert found.outputs["files"] == {}
    directory.id, directory.inputs, directory.outputs = f"{directory.context_id}/data/", found.inputs, found.outputs
    assert directory.up(files={"/agent.txt": "text:agent"}) == "update"
    assert directory.files == AGENT


def test_an_import_of_a_directory_without_files_finds_nothing_but_the_root_exists(directory: Directory) -> None:
    assert import_directory(directory.session, f"{directory.context_id}/nothing/") is None
    assert import_directory(directory.session, f"{directory.context_id}/") is not None


@pytest.mark.parametrize("bad", ["data", "SdkCtx-1", "SdkCtx-1/data", "SdkCtx-1//data/", "SdkCtx-1/../", "/data/", ""])
def test_a_malformed_id_is_refused_without_a_request(directory: Directory, bad: str) -> None:
    since = len(directory.server.requests)
    with pytest.raises(InvalidIdError, match="Use `<context id>/<path>/`"):
        import_directory(directory.session, bad)
    assert directory.server.requests[since:] == []


def test_a_failed_create_is_recorded_if_the_adapter_can_and_is_continued(directory: Directory) -> None:
    directory.session = replace(directory.session, records_unfinished=True)
    directory.server.fault("Upload", "status", path="/data/b", status=400)
    with pytest.raises(ResourceInitFailedError) as caught:
        directory.up(files={"/a": "text:a", "/b": "text:b"})
    failed = caught.value
    directory.id, directory.outputs = failed.resource_id, failed.outputs
    assert directory.up(files={"/a": "text:a", "/b": "text:b"}) == "update"
    assert directory.files == {**AGENT, "/data/a": b"a", "/data/b": b"b"}


def test_a_failed_create_that_is_not_recorded_is_continued_by_content(directory: Directory) -> None:
    directory.server.fault("Upload", "status", path="/data/b", status=400)
    with pytest.raises(Exception, match="upload /data/b"):
        directory.up(files={"/a": "text:a", "/b": "text:b"})
    assert directory.up(files={"/a": "text:a", "/b": "text:b"}) == "create"
    assert directory.files == {**AGENT, "/data/a": b"a", "/data/b": b"b"}


SECOND = Declared("urn:second", "shop", "dev", "second")


@pytest.mark.parametrize(
    ("first", "second", "conflicts"),
    [
        ({"path": "/data"}, {"path": "/data"}, True),
        ({"path": "/data"}, {"path": "/other"}, False),
        ({"path": "/"}, {"path": "/data"}, False),
        ({"path": "/", "files": {"/data/a": "text:a"}}, {"path": "/data", "files": {"/a": "text:a"}}, True),
        ({"path": "/", "files": {"/data": "text:a"}}, {"path": "/data"}, True),
        ({"path": "/data", "exclusive": True}, {"path": "/data/sub", "files": {"/a": "text:a"}}, True),
        ({"path": "/data/sub", "files": {"/a": "text:a"}}, {"path": "/data", "exclusive": True}, True),
        (
            {"path": "/data", "exclusive": True, "ignoreFiles": ["sub/"]},
            {"path": "/data/sub", "files": {"/a": "text:a"}},
            False,
        ),
        ({"path": "/data", "exclusive": True}, {"path": "/database", "files": {"/a": "text:a"}}, False),
        ({"path": "/data", "exclusive": True}, {"path": "/", "files": {"/a": "text:a"}}, False),
        ({"path": "/data", "exclusive": True}, {"path": "/", "files": {"/data/x/a": "text:a"}}, True),
    ],
)
def test_two_directories_of_one_program_must_not_claim_one_path(
    directory: Directory, first: dict[str, object], second: dict[str, object], conflicts: bool
) -> None:
    session, ids = directory.session, {"contextId": directory.context_id}
    assert DIRECTORIES.check(session, directory.declared, {}, {**ids, **first}).failures == []
    failures = DIRECTORIES.check(session, SECOND, {}, {**ids, **second}).failures
    assert ["resource 'seed'" in fault.reason for fault in failures] == [True] * conflicts


def test_a_directory_and_a_file_of_one_program_must_not_claim_one_path(directory: Directory) -> None:
    session, ids = directory.session, {"contextId": directory.context_id}
    DIRECTORIES.check(session, directory.declared, {}, {**ids, "path": "/data", "files": {"/a": "text:a"}})
    file = {**ids, "content": "x"}
    for path, taken in (("/data/a", True), ("/data", True), ("/data/b", False), ("/database", False)):
        failures = FILES.check(session, SECOND, {}, {**file, "path": path}).failures
        assert ["resource 'seed'" in fault.reason for fault in failures] == [True] * taken, path


def test_a_directory_and_the_context_of_one_program_must_not_claim_one_path(
    resource: Resource, directory: Directory
) -> None:
    resource.up(name="data", files={"/data/a": "text:a"})
    session = resource.session = replace(resource.session, declared=DeclaredResources())
    news = HANDLER.check(session, DATA, resource.inputs, {"name": "data", "files": {"/data/a": "text:a"}}).inputs
    HANDLER.diff(session, DATA, resource.id, resource.outputs, news)
    ids = {"contextId": resource.id, "path": "/data"}
    assert DIRECTORIES.check(session, SECOND, {}, {**ids, "files": {"/b": "text:b"}}).failures == []
    failures = DIRECTORIES.check(session, SECOND, {}, {**ids, "files": {"/a": "text:a"}}).failures
    assert ["the path '/data/a' is already used by resource 'data'" in fault.reason for fault in failures] == [True]


def test_a_file_that_moves_to_another_resource_of_the_program_is_not_deleted(directory: Directory) -> None:
    directory.up(files={"/a": "text:a"})
    session = replace(directory.session, declared=DeclaredResources())
    inputs = FILES.check(
        session, SECOND, {}, {"contextId": directory.context_id, "path": "/data/a", "content": "a"}
    ).inputs
    FILES.create(session, SECOND, inputs)
    DIRECTORIES.delete(session, None, directory.id, directory.outputs)
    assert directory.files == {**AGENT, "/data/a": b"a"}


def test_a_replacement_that_is_created_before_its_predecessor_is_deleted_is_refused(directory: Directory) -> None:
    """Guard against the delete of the predecessor, which would delete the files of its successor."""
    directory.up(files={"/a": "text:a"})
    session = replace(directory.session, declared=DeclaredResources())
    program = {"contextId": directory.context_id, "path": "/data", "files": {"/a": "text:a"}}
    news = DIRECTORIES.check(session, directory.declared, directory.inputs, program).inputs
    DIRECTORIES.diff(session, directory.declared, directory.id, directory.outputs, news)
    with pytest.raises(ContextFileExistsError, match="delete_before_replace"):
        DIRECTORIES.create(session, directory.declared, news)


def test_an_outage_during_a_refresh_is_not_drift(directory: Directory, agb_server: LocalServer) -> None:
    directory.up(files={"/a": "text:a"})
    agb_server.fault("GetContext", "status", times=100)
    with pytest.raises(UnreachableError):
        directory.refresh()
