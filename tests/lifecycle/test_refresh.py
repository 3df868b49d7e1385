"""Tests of refresh: drift of files, deleted contexts, and conditions that are neither."""

from typing import Any

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.errors import (
    AGBError,
    AnotherAccountError,
    AuthenticationError,
    ClearanceTimeoutError,
    RequestRejectedError,
    SourceChangedError,
    WaitTimeoutError,
)
from pulumi_agbcontext.lifecycle.provider.session import Session

from .conftest import DATA, HANDLER, KEY, Resource
from .support import asked, uploads

SEED = {"/a.txt": "text:one", "/b.txt": "text:two"}


@pytest.fixture(autouse=True)
def _seeded(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_agbcontext.client.api.replica_lag.observe_files.__defaults__", ((0.1, 0.1),))
    resource.up(name="data", files=SEED)


def test_a_refresh_without_drift_changes_nothing(resource: Resource) -> None:
    outputs, inputs = resource.outputs, resource.inputs
    assert resource.refresh()
    assert (resource.outputs, resource.inputs) == (outputs, inputs)


def test_a_refresh_without_drift_reads_the_context_once_and_its_files_once(resource: Resource) -> None:
    since = len(resource.server.requests)
    resource.refresh()
    assert asked(resource.server, since) == ["GetContext", "DescribeContextFiles"]


def test_a_missing_file_is_detected_and_only_it_is_restored(resource: Resource) -> None:
    resource.server.remove_file(KEY, resource.id, "/a.txt")
    resource.refresh()
    assert list(resource.outputs["files"]) == list(resource.inputs["files"]) == ["/b.txt"]
    assert resource.outputs["fileCount"] == 1
    since = len(resource.server.requests)
    assert resource.up(name="data", files=SEED) == "update"
    assert uploads(resource.server, since) == ["/a.txt"]
    assert resource.files == {"/a.txt": b"one", "/b.txt": b"two"}


def test_a_file_with_another_size_is_detected_and_only_it_is_restored(resource: Resource) -> None:
    resource.server.put_file(KEY, resource.id, "/a.txt", b"longer than before")
    resource.refresh()
    assert resource.outputs["files"]["/a.txt"].startswith("18:changed")
    since = len(resource.server.requests)
    assert resource.up(name="data", files=SEED) == "update"
    assert uploads(resource.server, since) == ["/a.txt"]
    assert resource.files["/a.txt"] == b"one"


def test_all_files_are_restored_if_all_are_missing(resource: Resource) -> None:
    for path in SEED:
        resource.server.remove_file(KEY, resource.id, path)
    resource.refresh()
    assert resource.outputs["files"] == {}
    resource.up(name="data", files=SEED)
    assert set(resource.files) == set(SEED)


def test_files_of_others_are_not_drift(resource: Resource) -> None:
    outputs = resource.outputs
    resource.server.put_file(KEY, resource.id, "/agent", b"mine")
    resource.refresh()
    assert resource.outputs == outputs


def test_changed_content_of_the_same_size_is_found_only_with_drift_check_content(resource: Resource) -> None:
    resource.server.put_file(KEY, resource.id, "/a.txt", b"ONE")
    resource.refresh()
    assert resource.up(name="data", files=SEED) == "same"
    resource.up(name="data", files=SEED, driftCheck="content")
    resource.refresh()
    since = len(resource.server.requests)
    assert resource.up(name="data", files=SEED, driftCheck="content") == "update"
    assert uploads(resource.server, since) == ["/a.txt"]
    assert resource.files["/a.txt"] == b"one"


def test_drift_check_none_does_not_list_files(resource: Resource) -> None:
    resource.up(name="data", files=SEED, driftCheck="none")
    resource.server.remove_file(KEY, resource.id, "/a.txt")
    since = len(resource.server.requests)
    resource.refresh()
    assert asked(resource.server, since) == ["GetContext"]
    assert resource.up(name="data", files=SEED, driftCheck="none") == "same"


def test_a_missing_secret_file_is_detected_and_restored(resource: Resource) -> None:
    resource.up(name="data", files=SEED, secretFiles={"/s": "text:hush"})
    resource.server.remove_file(KEY, resource.id, "/s")
    resource.refresh()
    assert resource.outputs["secretFiles"] == {}
    resource.up(name="data", files=SEED, secretFiles={"/s": "text:hush"})
    assert resource.files["/s"] == b"hush"


def test_a_listing_that_lags_or_flaps_is_not_drift(resource: Resource) -> None:
    outputs = resource.outputs
    resource.server.behave(listing_flapping=True)
    resource.refresh()
    assert resource.outputs == outputs


def test_a_context_that_was_only_used_has_not_drifted(resource: Resource) -> None:
    outputs = resource.outputs
    resource.server.set_state(resource.id, "in-use")
    resource.refresh()
    assert resource.outputs == outputs


def test_a_name_changed_outside_the_program_is_detected_and_an_explicit_name_is_restored(resource: Resource) -> None:
    context = resource.session.contexts.get(context_id=resource.id).context
    assert context is not None
    resource.session.contexts.update(type(context)(id=context.id, name="elsewhere"))
    resource.refresh()
    assert resource.outputs["name"] == "elsewhere"
    assert resource.up(name="data", files=SEED) == "update"
    assert resource.server.contexts(KEY)[0]["name"] == "data"


def test_a_deleted_context_is_recreated(resource: Resource) -> None:
    old = resource.id
    resource.session.contexts.delete(type(_found(resource))(id=old, name=""))
    assert not resource.refresh()
    assert resource.up(name="data", files=SEED) == "create"
    assert resource.id != old
    assert set(resource.files) == set(SEED)


def _found(resource: Resource) -> Any:
    return resource.session.contexts.get(context_id=resource.id).context


@pytest.mark.parametrize("operation", ["read", "delete"])
def test_not_found_under_another_account_is_an_error_and_not_a_deletion(resource: Resource, operation: str) -> None:
    stranger = Session(ContextService(Account(resource.server.url, "another-key")))
    with pytest.raises(AnotherAccountError, match=resource.id):
        if operation == "read":
            HANDLER.read(stranger, resource.id, resource.outputs)
        else:
            HANDLER.delete(stranger, DATA, resource.id, resource.outputs)
    assert len(resource.server.contexts(KEY)) == 1


def test_a_setting_changed_under_a_wrong_key_does_not_assign_the_state_to_that_key(resource: Resource) -> None:
    right = resource.session
    resource.session = Session(ContextService(Account(resource.server.url, "another-key")))
    assert resource.up(name="data", files=SEED, clearTimeout=90) == "update"
    with pytest.raises(AnotherAccountError):
        resource.refresh()
    with pytest.raises(AnotherAccountError):
        resource.destroy()
    resource.session = right
    assert resource.refresh()
    assert set(resource.files) == set(SEED)


def test_a_single_not_found_does_not_prove_that_a_context_was_deleted(resource: Resource) -> None:
    behind = resource.server.fault(
        "GetContext", "failure_body", code="Context.NotFound", message="The context is gone."
    )
    assert resource.refresh()
    assert behind.consumed == 1


def test_a_listed_file_that_cannot_be_read_is_changed_and_not_deleted(resource: Resource) -> None:
    resource.up(name="data", files=SEED, driftCheck="content")
    unreadable = resource.server.fault("Download", "status", path="/a.txt", status=404)
    resource.refresh()
    assert unreadable.consumed == 1
    assert resource.outputs["files"]["/a.txt"].startswith("3:changed")


@pytest.mark.parametrize(
    ("kind", "parameters", "error"),
    [
        ("status", {"status": 401}, AuthenticationError),
        ("status", {"status": 403}, RequestRejectedError),
        ("status", {"status": 503}, AGBError),
        ("failure_body", {"code": "Internal", "message": "odd"}, AGBError),
        ("malformed_json", {}, AGBError),
        ("reset_before", {}, AGBError),
    ],
)
def test_a_refused_key_or_a_fault_is_an_error_and_never_a_deletion(
    resource: Resource, kind: str, parameters: dict[str, Any], error: type[AGBError]
) -> None:
    fault = resource.server.fault("GetContext", kind, times=9, **parameters)
    with pytest.raises(error):
        resource.refresh()
    assert fault.consumed >= 1


def test_refresh_waits_while_the_context_is_being_cleared(resource: Resource) -> None:
    resource.server.behave(clear_seconds=0.4)
    resource.session.contexts.clear_async(resource.id)
    resource.refresh()
    assert resource.outputs["files"] == {}


def test_a_context_that_stays_busy_is_an_error_and_not_drift(resource: Resource) -> None:
    resource.up(name="data", files=SEED, clearTimeout=0.3)
    outputs = resource.outputs
    resource.server.behave(clear_stuck=True)
    resource.session.contexts.clear_async(resource.id)
    with pytest.raises(WaitTimeoutError, match="clearing"):
        resource.refresh()
    assert resource.outputs == outputs


def test_a_clear_that_never_ends_fails_with_the_last_state_and_seeds_nothing(resource: Resource) -> None:
    settings: dict[str, Any] = {"name": "data", "files": SEED, "clearInPlace": True, "clearTimeout": 0.3}
    resource.up(**settings, clearTriggers=[1])
    resource.server.behave(clear_stuck=True)
    since, outputs = len(resource.server.requests), resource.outputs
    with pytest.raises(ClearanceTimeoutError, match="clearing"):
        resource.up(**settings, clearTriggers=[2])
    assert uploads(resource.server, since) == []
    assert resource.outputs == outputs


def test_delete_waits_for_a_running_clear_and_then_deletes_anyway(resource: Resource) -> None:
    resource.up(name="data", files=SEED, clearTimeout=0.5)
    resource.server.behave(clear_stuck=True)
    resource.session.contexts.clear_async(resource.id)
    resource.destroy()
    assert resource.server.contexts(KEY) == []


def test_a_context_in_use_is_not_refused_locally_and_a_rejection_of_the_api_is_reported(resource: Resource) -> None:
    resource.server.set_state(resource.id, "in-use")
    assert resource.up(name="data", files={**SEED, "/c": "text:three"}) == "update"
    resource.server.behave(refuse_in_use=True)
    with pytest.raises(RequestRejectedError, match="in-use"):
        resource.destroy()
    assert len(resource.server.contexts(KEY)) == 1


def test_a_context_of_another_stack_is_read_by_id_alone(resource: Resource, another: Resource) -> None:
    found = HANDLER.read(another.session, resource.id, {})
    assert found is not None
    assert (found.outputs["name"], found.outputs["files"], found.inputs) == ("data", {}, None)


def test_after_a_failed_update_the_same_program_converges(resource: Resource) -> None:
    files = {"/a.txt": "text:new", "/b.txt": "text:new", "/c.txt": "text:new"}
    resource.server.fault("Upload", "status", occurrence=2, status=400)
    with pytest.raises(AGBError):
        resource.up(name="data", files=files)
    assert resource.up(name="data", files=files) == "update"
    assert resource.files == dict.fromkeys(files, b"new")


def test_after_a_failed_update_a_reverted_program_converges_by_refresh(resource: Resource) -> None:
    resource.server.fault("Upload", "status", occurrence=2, status=400)
    with pytest.raises(AGBError):
        resource.up(name="data", files={"/a.txt": "text:longer", "/b.txt": "text:longer"})
    resource.refresh()
    resource.up(name="data", files=SEED)
    assert resource.files == {"/a.txt": b"one", "/b.txt": b"two"}


def test_a_context_that_cannot_be_seeded_again_is_not_cleared(resource: Resource) -> None:
    settings: dict[str, Any] = {"name": "data", "clearInPlace": True}
    resource.up(**settings, files=SEED, clearTriggers=[1])
    resource.server.put_file(KEY, resource.id, "/a.txt", b"longer than before")
    resource.refresh()
    since = len(resource.server.requests)
    with pytest.raises(SourceChangedError, match="ignore_changes"):
        resource.up(**settings, files=resource.inputs["files"], clearTriggers=[2])
    assert resource.server.requests[since:] == []
