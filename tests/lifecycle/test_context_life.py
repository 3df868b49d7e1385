"""Tests of a context from creation to deletion: each property with its action and its requests."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.errors import ContextDeletedError, RequestRejectedError
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import KEY, Resource
from .support import asked, uploads

SEED = {"/a.txt": "text:one", "/data/b.bin": "base64:AAE="}
OWNED = ["GetContextFileDownloadUrl", "Download"]  # the owner record is read first


def test_create_creates_the_context_and_seeds_every_file(resource: Resource) -> None:
    assert resource.up(name="data", files=SEED) == "create"
    assert resource.files == {"/a.txt": b"one", "/data/b.bin": b"\x00\x01"}
    [context] = resource.server.contexts(KEY)
    assert (context["id"], context["name"], context["region"]) == (resource.id, "data", "cn-hangzhou")


def test_the_state_contains_the_created_context_and_nothing_else(resource: Resource) -> None:
    resource.up(name="data", files=SEED, clearTriggers=["v1"])
    sha = {path: hashlib.sha256(content).hexdigest() for path, content in resource.files.items()}
    assert resource.outputs == {
        "name": "data",
        "region": "cn-hangzhou",
        "files": {"/a.txt": f"3:{sha['/a.txt']}:text:one", "/data/b.bin": f"2:{sha['/data/b.bin']}:base64:AAE="},
        "secretFiles": {},
        "clearTriggers": ["v1"],
        "clearInPlace": False,
        "clearBeforeDelete": False,
        "clearTimeout": 60.0,
        "clearPollInterval": 2.0,
        "adopt": False,
        "driftCheck": "size",
        "exclude": [],
        "respectGitignore": False,
        "fileCount": 2,
        "size": 5,
        "generation": 1,
        "createdAt": resource.outputs["createdAt"],
        "account": resource.session.contexts.account.fingerprint,
        "ownerRecord": True,
        "overwriteFiles": False,
        "exclusive": False,
        "ignoreFiles": [],
        "whenInUse": "proceed",
        "forceDestroy": True,
        "ownerId": resource.outputs["ownerId"],
    }


def test_an_unchanged_program_sends_no_request(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    since = len(resource.server.requests)
    assert resource.up(name="data", files=SEED) == "same"
    assert resource.server.requests[since:] == []


def test_a_plan_sends_no_request_even_if_much_changes(resource: Resource, agb_server: LocalServer) -> None:
    resource.up(name="data", files=SEED)
    since = len(agb_server.requests)
    resource._checked(resource.inputs, {"name": "other", "files": {"/new": "text:x"}, "clearTriggers": [1]})
    assert agb_server.requests[since:] == []


def test_a_new_name_renames_in_place_and_keeps_id_and_files(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    before, since = resource.id, len(resource.server.requests)
    assert resource.up(name="renamed", files=SEED) == "update"
    assert asked(resource.server, since) == ["GetContext", *OWNED, "ModifyContext", "Download"]
    assert resource.id == before
    assert [context["name"] for context in resource.server.contexts(KEY)] == ["renamed"]
    assert len(resource.files) == 2


def test_a_rename_is_skipped_if_the_context_already_has_the_name(resource: Resource) -> None:
    resource.up(name="data")
    resource.session.contexts.update(_named(resource, "renamed"))
    since = len(resource.server.requests)
    assert resource.up(name="renamed") == "update"
    assert asked(resource.server, since) == ["GetContext", *OWNED]


def _named(resource: Resource, name: str) -> Any:
    context = resource.session.contexts.get(context_id=resource.id).context
    assert context is not None
    return type(context)(id=context.id, name=name)


def test_a_rename_to_a_used_name_fails_with_the_message_of_the_api_and_changes_nothing(resource: Resource) -> None:
    resource.session.contexts.create("taken")
    resource.up(name="data", files=SEED)
    with pytest.raises(RequestRejectedError, match="taken"):
        resource.up(name="taken", files={**SEED, "/new": "text:x"})
    assert resource.server.contexts(KEY)[1]["name"] == "data"
    assert "/new" not in resource.files


def test_removing_an_explicit_name_keeps_the_current_name(resource: Resource) -> None:
    resource.up(name="data")
    assert resource.up() == "same"
    assert resource.outputs["name"] == "data"


def test_only_edited_added_and_removed_files_are_changed(resource: Resource) -> None:
    resource.up(name="data", files={**SEED, "/old": "text:old"})
    since = len(resource.server.requests)
    assert resource.up(name="data", files={**SEED, "/a.txt": "text:two", "/new": "text:new"}) == "update"
    assert uploads(resource.server, since) == ["/a.txt", "/new"]
    assert [r.path for r in resource.server.requests[since:] if r.operation == "DeleteContextFile"] == ["/old"]
    assert resource.files == {"/a.txt": b"two", "/data/b.bin": b"\x00\x01", "/new": b"new"}


def test_files_of_other_writers_are_never_changed(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    resource.server.put_file(KEY, resource.id, "/notes/agent.md", b"mine")
    resource.up(name="data", files={"/a.txt": "text:two"})
    assert resource.files == {"/a.txt": b"two", "/notes/agent.md": b"mine"}


def test_a_touched_or_moved_file_is_not_a_change(resource: Resource) -> None:
    Path("one").write_text("same")
    resource.up(name="data", files={"/f": "file:one"})
    Path("one").rename("two")
    since = len(resource.server.requests)
    assert resource.up(name="data", files={"/f": "file:two"}) == "same"
    assert resource.server.requests[since:] == []


def test_an_edit_that_keeps_size_and_time_is_found(resource: Resource) -> None:
    Path("one").write_text("aaaa")
    stat = Path("one").stat()
    resource.up(name="data", files={"/f": "file:one"})
    Path("one").write_text("bbbb")
    os.utime("one", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert resource.up(name="data", files={"/f": "file:one"}) == "update"
    assert resource.files == {"/f": b"bbbb"}


def test_a_file_that_becomes_a_directory_and_back_is_deleted_first(resource: Resource) -> None:
    resource.up(name="data", files={"/a": "text:file"})
    assert resource.up(name="data", files={"/a/b": "text:below"}) == "update"
    assert resource.files == {"/a/b": b"below"}
    assert resource.up(name="data", files={"/a": "text:file"}) == "update"
    assert resource.files == {"/a": b"file"}


def test_a_file_that_moves_between_files_and_secret_files_is_not_uploaded_again(resource: Resource) -> None:
    resource.up(name="data", files={"/a": "text:x"})
    since = len(resource.server.requests)
    assert resource.up(name="data", secretFiles={"/a": "text:x"}) == "update"
    assert resource.server.requests[since:] == []
    assert (resource.outputs["files"], list(resource.outputs["secretFiles"])) == ({}, ["/a"])


def test_a_changed_trigger_deletes_the_context_then_creates_and_seeds_a_new_one(resource: Resource) -> None:
    resource.up(name="data", files=SEED, clearTriggers=["v1"])
    resource.server.put_file(KEY, resource.id, "/agent", b"old")
    old, since = resource.id, len(resource.server.requests)
    assert resource.up(name="data", files=SEED, clearTriggers=["v2"]) == "replace"
    # The files are uploaded at the same time: their URLs are requested before or between their uploads.
    assert asked(resource.server, since, without="GetContextFileUploadUrl") == [
        "GetContext",  # to detect a running clear
        *OWNED,
        "DeleteContext",
        "GetContext",  # to confirm the deletion, find the name free, create, and confirm that it is usable
        "DescribeContextFiles",  # to confirm that it is empty
        *OWNED,  # to confirm that there is no owner
        "Upload",  # the record: creating
        "Download",  # to confirm the record
        "Upload",  # the files
        "Download",  # to confirm the record again
        "Upload",  # the record: ready
        "Download",  # to confirm the record
    ]
    assert uploads(resource.server, since) == sorted(SEED)
    assert resource.id != old
    assert set(resource.files) == set(SEED)
    assert len(resource.server.contexts(KEY)) == 1


def test_clear_before_delete_erases_through_the_api_before_a_replacement(resource: Resource) -> None:
    resource.up(name="data", clearTriggers=["v1"], clearBeforeDelete=True)
    since = len(resource.server.requests)
    resource.up(name="data", clearTriggers=["v2"], clearBeforeDelete=True)
    order = asked(resource.server, since)
    assert order.index("ClearContext") < order.index("DeleteContext")


def test_clear_before_delete_erases_before_destroy(resource: Resource) -> None:
    resource.up(name="data", files=SEED, clearBeforeDelete=True)
    resource.destroy()
    assert [name for name in asked(resource.server) if name in ("ClearContext", "DeleteContext")] == [
        "ClearContext",
        "DeleteContext",
    ]
    assert resource.server.contexts(KEY) == []


def test_a_delete_that_failed_after_its_clear_reports_that_the_files_may_be_erased(resource: Resource) -> None:
    resource.up(name="data", files=SEED, clearBeforeDelete=True)
    resource.server.fault("DeleteContext", "status", status=400)
    with pytest.raises(
        RequestRejectedError, match=r"Its files may already have been erased\. .* `pulumi up --refresh` to keep it\.$"
    ):
        resource.destroy()
    assert resource.files == {}
    assert resource.refresh()
    resource.up(name="data", files=SEED, clearBeforeDelete=True)
    assert set(resource.files) == set(SEED)


def test_a_delete_that_clears_nothing_does_not_mention_erased_files(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    resource.server.fault("DeleteContext", "status", status=400)
    with pytest.raises(RequestRejectedError) as failed:
        resource.destroy()
    assert "erased" not in str(failed.value)


def test_with_clear_in_place_a_changed_trigger_clears_waits_and_seeds_the_same_context(resource: Resource) -> None:
    resource.up(name="data", files=SEED, clearTriggers=["v1"], clearInPlace=True)
    resource.server.put_file(KEY, resource.id, "/agent", b"old")
    old, since = resource.id, len(resource.server.requests)
    assert resource.up(name="data", files=SEED, clearTriggers=["v2"], clearInPlace=True) == "update"
    listed = "DescribeContextFiles"
    expected = ["GetContext", *OWNED, listed, "Download", "ClearContext", "GetContext", listed]
    assert asked(resource.server, since)[:8] == expected
    assert uploads(resource.server, since) == sorted(SEED)
    assert resource.id == old
    assert resource.outputs["generation"] == 2
    assert set(resource.files) == set(SEED)


def test_with_clear_in_place_a_rename_precedes_the_clear(resource: Resource) -> None:
    resource.up(name="data", clearTriggers=[1], clearInPlace=True)
    since = len(resource.server.requests)
    assert resource.up(name="renamed", clearTriggers=[2], clearInPlace=True) == "update"
    order = asked(resource.server, since)
    assert order.index("ModifyContext") < order.index("ClearContext")


def test_added_and_removed_triggers_are_recorded_and_clear_nothing(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    since = len(resource.server.requests)
    assert resource.up(name="data", files=SEED, clearTriggers=["v1"]) == "update"
    assert resource.outputs["clearTriggers"] == ["v1"]
    assert resource.up(name="data", files=SEED) == "update"
    assert "clearTriggers" not in resource.outputs
    assert resource.server.requests[since:] == []


def test_a_null_among_the_triggers_is_kept(resource: Resource) -> None:
    triggers = [{"a": None, "b": [None]}]
    resource.up(name="data", clearTriggers=triggers)
    assert resource.outputs["clearTriggers"] == triggers
    assert resource.up(name="data", clearTriggers=triggers) == "same"


def test_a_new_explicit_region_replaces_and_the_configured_region_never_does(resource: Resource) -> None:
    resource.up(name="data")
    assert resource.outputs["region"] == "cn-hangzhou"
    assert resource.up(name="data", region="ap-southeast-1") == "replace"
    assert [context["region"] for context in resource.server.contexts(KEY)] == ["ap-southeast-1"]
    assert resource.up(name="data") == "same"
    assert resource.outputs["region"] == "ap-southeast-1"


def test_a_setting_is_recorded_without_a_request(resource: Resource) -> None:
    resource.up(name="data")
    since = len(resource.server.requests)
    settings: dict[str, Any] = {"clearTimeout": 90, "clearPollInterval": 1, "driftCheck": "none", "adopt": True}
    assert resource.up(name="data", **settings) == "update"
    assert {key: resource.outputs[key] for key in settings} == settings
    assert resource.up(name="data") == "update"
    assert resource.outputs["clearTimeout"] == 60
    assert resource.server.requests[since:] == []


def test_destroy_deletes_and_waits_until_the_context_is_deleted(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    resource.server.behave(delete_lag=0.5)
    resource.destroy()
    assert resource.server.contexts(KEY) == []


def test_destroy_of_a_deleted_context_succeeds(resource: Resource) -> None:
    resource.up(name="data")
    resource.session.contexts.delete(_named(resource, "data"))
    resource.destroy()
    assert resource.server.contexts(KEY) == []


def test_an_update_of_a_deleted_context_names_the_remedy(resource: Resource) -> None:
    resource.up(name="data")
    resource.session.contexts.delete(_named(resource, "data"))
    with pytest.raises(ContextDeletedError, match="pulumi up --refresh"):
        resource.up(name="data", files=SEED)


def test_a_replacement_never_adopts_the_context_whose_delete_is_not_finished(resource: Resource) -> None:
    resource.up(name="data", clearTriggers=[1])
    old = resource.id
    resource.server.behave(delete_lag=0.4)
    resource.up(name="data", clearTriggers=[2], clearPollInterval=0.1)
    assert resource.id != old
    assert [context["id"] for context in resource.server.contexts(KEY)] == [resource.id]


def test_create_waits_until_the_new_context_is_usable(resource: Resource) -> None:
    resource.server.behave(new_context_state="pre-available", prepare_seconds=0.4)
    resource.up(name="data", files=SEED)
    assert set(resource.files) == set(SEED)


@pytest.mark.parametrize("name", ["%2e%2e", "back\\slash", "../up", "Ünï çode", "😀", "a?b#c&d+e", "x" * 255, "CON."])
def test_an_unusual_name_is_used_literally(resource: Resource, name: str) -> None:
    resource.up(name=name, files={"/a": "text:x"})
    assert [context["name"] for context in resource.server.contexts(KEY)] == [name]


def test_unusual_paths_are_used_literally(resource: Resource) -> None:
    odd = [
        "/%2e%2e/x",
        "/%252e",
        "/back\\slash",
        "/é",
        "/e\u0301",
        "/A",
        "/a",
        "/a?b#c&d+e f",
        "/😀",
        "/\u202ertl",
        "/CON.",
    ]
    odd.append("/" + "x" * 200 + "/" + "y" * 200)
    resource.up(name="data", files={path: f"text:{number}" for number, path in enumerate(odd)})
    assert resource.files == {path: str(number).encode() for number, path in enumerate(odd)}


def test_an_empty_file_and_a_large_one_are_stored_completely(resource: Resource) -> None:
    content = os.urandom(3 << 20)
    Path("large").write_bytes(content)
    Path("empty").write_bytes(b"")
    resource.up(name="data", files={"/large": "file:large", "/empty": "file:empty", "/nothing": "text:"})
    assert resource.files == {"/large": content, "/empty": b"", "/nothing": b""}


def test_a_context_deleted_by_another_program_during_an_update_is_reported_with_the_remedy(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    gone = resource.server.fault(
        "GetContextFileUploadUrl", "failure_body", times=9, code="Context.NotFound", message="The context is gone."
    )
    with pytest.raises(ContextDeletedError, match="pulumi up --refresh"):
        resource.up(name="data", files={**SEED, "/new": "text:x"})
    assert gone.consumed == 1


def test_a_context_cleared_by_another_program_during_an_update_converges_by_refresh(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    resource.server.behave(clear_seconds=0.3)
    resource.session.contexts.clear_async(resource.id)
    resource.server.set_state(resource.id, "available")
    resource.up(name="data", files={**SEED, "/new": "text:x"})
    resource.session.contexts.clear_async(resource.id)
    resource.refresh()
    resource.up(name="data", files={**SEED, "/new": "text:x"})
    assert set(resource.files) == {*SEED, "/new"}


def test_the_configured_region_applies_at_creation_and_is_kept(resource: Resource) -> None:
    resource.session = replace(resource.session, region="ap-southeast-1")
    resource.up(name="data")
    assert [context["region"] for context in resource.server.contexts(KEY)] == ["ap-southeast-1"]
    resource.session = replace(resource.session, region="eu-central-1")
    assert resource.up(name="data") == "same"
    assert resource.outputs["region"] == "ap-southeast-1"


def test_a_rename_and_a_trigger_together_are_one_replacement(resource: Resource) -> None:
    resource.up(name="data", clearTriggers=[1])
    since = len(resource.server.requests)
    assert resource.up(name="renamed", clearTriggers=[2]) == "replace"
    assert "ModifyContext" not in asked(resource.server, since)
    assert [context["name"] for context in resource.server.contexts(KEY)] == ["renamed"]
