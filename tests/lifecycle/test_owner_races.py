"""Tests of another owner that appears during an operation: between two requests or in the pause before a retry."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from pulumi_agbcontext.client.api import replica_lag
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.errors import (
    AGBError,
    ContextExistsError,
    ContextFileExistsError,
    ContextOwnedElsewhereError,
    TransferError,
)
from pulumi_agbcontext.lifecycle.context import owner_record
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.testing.server import Fault

from .conftest import DATA, HANDLER, KEY, Resource, new_session
from .test_owner_record import SEED, record_of, rewritten, second_state, without_record

ADOPTING: dict[str, Any] = {"name": "data", "adopt": True, "files": {"/theirs": "text:data"}}
PAUSE = {"status": 503, "headers": {"Retry-After": "1"}}


@pytest.fixture(autouse=True)
def _quick_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_lag, "_PAUSE_OF_MISSING", 0.02)


@contextmanager
def meanwhile(met: Fault, act: Callable[[], object]) -> Iterator[None]:
    """Act as another program once a request has met a fault. The client then pauses for a second."""

    def wait_and_act() -> None:
        until = time.monotonic() + 10
        while not met.consumed and time.monotonic() < until:
            time.sleep(0.005)
        act()

    another_program = threading.Thread(target=wait_and_act)
    another_program.start()
    try:
        yield
    finally:
        another_program.join()


def outcome(act: Callable[[], object]) -> str:
    """Return the error message of a command, or nothing."""
    try:
        act()
    except AGBError as error:
        return str(error)
    return ""


def during_the_uploads(resource: Resource, act: Callable[[], object]) -> None:
    """Act once as another program, before the files of the next command are uploaded."""
    transfers = resource.session.contexts.transfers
    upload_many = transfers.upload_many

    def act_then_upload(*arguments: Any) -> None:
        transfers.upload_many = upload_many  # type: ignore[method-assign]  # once
        act()
        upload_many(*arguments)

    transfers.upload_many = act_then_upload  # type: ignore[method-assign]  # to act at this moment


@pytest.mark.parametrize("write", [1, 2], ids=["creating", "ready"])
def test_a_retried_write_of_the_record_never_overwrites_another_owner(
    resource: Resource, another: Resource, write: int
) -> None:
    met = resource.server.fault("Upload", "status", path=OWNER_RECORD, occurrence=write, **PAUSE)
    with meanwhile(met, lambda: another.up(**ADOPTING)):
        reported = outcome(lambda: resource.up(name="data", files=SEED))
    assert "stack prod" in reported
    assert record_of(another)["owner"] == another.outputs["ownerId"]
    assert another.files["/theirs"] == b"data"


@pytest.mark.parametrize(("status", "writes"), [(503, 3), (403, 3), (400, 1)])
def test_a_write_of_the_record_is_attempted_three_times_unless_it_was_rejected(
    resource: Resource, status: int, writes: int
) -> None:
    resource.server.fault("Upload", "status", path=OWNER_RECORD, times=9, status=status)
    assert outcome(lambda: resource.up(name="data", files=SEED))
    sent = [one.path for one in resource.server.requests if one.operation == "Upload"]
    assert sent == [OWNER_RECORD] * writes


def test_a_record_whose_write_got_no_response_is_read_before_it_counts_as_written(resource: Resource) -> None:
    lost = resource.server.fault("Upload", "answer_lost", path=OWNER_RECORD)
    resource.up(name="data", files=SEED)
    assert lost.consumed == 1
    assert record_of(resource)["phase"] == "ready"


@pytest.mark.parametrize(
    ("operation", "in_place"), [("DeleteContext", False), ("ClearContext", False), ("ClearContext", True)]
)
def test_a_request_that_erases_is_retried_only_while_this_resource_owns_the_context(
    resource: Resource, another: Resource, operation: str, in_place: bool
) -> None:
    settings: dict[str, Any] = {"name": "data", "clearInPlace": in_place, "clearBeforeDelete": not in_place}
    if operation == "DeleteContext":
        settings["clearBeforeDelete"] = False
    resource.up(**settings, files=SEED, clearTriggers=[1])
    met = resource.server.fault(operation, "status", **PAUSE)
    with meanwhile(met, lambda: another.up(**ADOPTING)):
        outcome(lambda: resource.up(**settings, files=SEED, clearTriggers=[2]))
    assert another.files["/theirs"] == b"data"
    assert record_of(another)["owner"] == another.outputs["ownerId"]


def test_an_update_deletes_and_renames_nothing_after_an_adoption_by_another_owner(
    resource: Resource, another: Resource
) -> None:
    resource.up(name="data", files=SEED)
    adopting = {"name": "data", "adopt": True, "files": {"/b.txt": "text:theirs"}}
    during_the_uploads(resource, lambda: another.up(**adopting))
    with pytest.raises(ContextOwnedElsewhereError, match="stack prod"):
        resource.up(name="data", files={"/c.txt": "text:new"})  # /a.txt and /b.txt must be deleted
    assert another.files["/b.txt"] == b"theirs"
    assert another.files["/a.txt"] == b"one"


def test_an_update_fails_if_another_owner_adopts_the_context_at_its_end(resource: Resource, another: Resource) -> None:
    resource.up(name="data", files=SEED)
    during_the_uploads(resource, lambda: another.up(**ADOPTING))
    with pytest.raises(ContextOwnedElsewhereError):
        resource.up(name="data", files={**SEED, "/a.txt": "text:edited"})


def test_an_unfinished_create_is_not_continued_once_it_has_finished(resource: Resource) -> None:
    """Let a second state read `creating`, and let the first state finish before the second one writes."""
    second = second_state(resource)
    read = owner_record.OwnerFile.read
    reads = 0

    def read_and_let_the_first_finish(self: owner_record.OwnerFile) -> Any:
        nonlocal reads
        found = read(self)
        reads += 1
        if reads == 1:
            rewritten_phase(resource, context_id, "ready")
        return found

    resource.session = replace(resource.session, engine_lives=lambda: False)
    resource.up(name="data", files=SEED)
    context_id = resource.id
    assert record_of(resource)["phase"] == "creating"
    owner_record.OwnerFile.read = read_and_let_the_first_finish  # type: ignore[method-assign]  # to act at this moment
    try:
        with pytest.raises(ContextExistsError):
            second.up(name="data", files=SEED)
    finally:
        owner_record.OwnerFile.read = read  # type: ignore[method-assign]  # as above
    assert record_of(resource)["owner"] == resource.outputs["ownerId"]


def rewritten_phase(resource: Resource, context_id: str, phase: str) -> None:
    changed = {**record_of(resource, context_id), "phase": phase}
    resource.server.put_file(KEY, context_id, OWNER_RECORD, json.dumps(changed).encode())


def test_a_create_whose_ready_record_is_overwritten_immediately_is_aborted(resource: Resource) -> None:
    theirs = json.dumps(owner_record.new_record(DATA, "creating").model_dump())
    resource.server.fault("Download", "answer", path=OWNER_RECORD, occurrence=4, times=99, content=theirs)
    with pytest.raises(ContextExistsError):
        resource.up(name="data", files=SEED)


def test_an_orphan_of_a_killed_engine_neither_clears_nor_deletes_what_its_successor_has_seeded(
    resource: Resource,
) -> None:
    settings: dict[str, Any] = {"name": "data", "clearInPlace": True}
    resource.up(**settings, files=SEED, clearTriggers=[1])
    orphan = replace(resource, session=replace(resource.session, engine_lives=lambda: False))
    resource.up(**settings, files={"/new": "text:new"}, clearTriggers=[2])
    with pytest.raises(AGBError, match=rf"'data' \({resource.id}\): the engine .* has exited"):
        orphan.up(**settings, files=SEED, clearTriggers=[3])
    with pytest.raises(AGBError, match="has exited"):
        orphan.up(**settings, files={}, clearTriggers=[1])
    assert resource.files == {"/new": b"new"}


def test_a_clear_whose_outcome_is_unknown_is_retried_only_while_the_engine_is_running(resource: Resource) -> None:
    settings: dict[str, Any] = {"name": "data", "clearInPlace": True, "files": SEED}
    resource.up(**settings, clearTriggers=[1])

    def clears(since: int) -> int:
        return [one.operation for one in resource.server.requests[since:]].count("ClearContext")

    resource.server.fault("ClearContext", "status", status=503)
    since = len(resource.server.requests)
    resource.up(**settings, clearTriggers=[2])
    assert clears(since) == 2
    assert set(resource.files) == set(SEED)

    resource.server.fault("ClearContext", "status", status=503)
    since = len(resource.server.requests)
    resource.session = replace(resource.session, engine_lives=lambda: not clears(since))
    with pytest.raises(AGBError, match=rf"'data' \({resource.id}\): the engine .* has exited"):
        resource.up(**settings, clearTriggers=[3])
    assert clears(since) == 1


def test_an_adoption_that_was_killed_is_continued_by_adopt_alone(resource: Resource, another: Resource) -> None:
    resource.up(name="data", files=SEED)
    killed = replace(another.session, engine_lives=lambda: False)  # it does not restore the record
    another.server.fault("Upload", "status", path="/theirs", status=400)
    with pytest.raises(TransferError):
        replace(another, session=killed).up(**ADOPTING)
    assert record_of(resource)["stack"] == "prod"
    with pytest.raises(ContextExistsError, match="stack prod"):
        another.up(name="data", files={"/theirs": "text:data"})
    assert another.up(**ADOPTING) == "create"
    assert set(another.files) == {*SEED, "/theirs"}


def test_an_adoption_that_timed_out_restores_the_record(resource: Resource, another: Resource) -> None:
    resource.up(name="data", files=SEED)
    another.server.fault("Upload", "stall", path="/theirs", seconds=20)
    with pytest.raises(AGBError), within(0.8):
        another.up(**ADOPTING)
    assert record_of(resource)["stack"] == "dev"
    assert resource.up(name="data", files={**SEED, "/c": "text:three"}) == "update"


def test_an_adoption_whose_record_cannot_be_restored_reports_it(resource: Resource, another: Resource) -> None:
    resource.up(name="data", files=SEED)
    another.server.fault("Upload", "status", path="/theirs", status=400)
    another.server.fault("Upload", "status", path=OWNER_RECORD, occurrence=2, times=9, status=400)
    with pytest.raises(TransferError, match="could not be restored"):
        another.up(**ADOPTING)


def test_a_refused_update_of_an_import_leaves_the_record_of_the_former_owner(
    resource: Resource, another: Resource
) -> None:
    resource.up(name="data", files=SEED)
    found = HANDLER.import_(another.session, resource.id)
    assert found is not None
    another.id, another.outputs, another.inputs = resource.id, found.outputs, found.inputs or {}
    with pytest.raises(ContextFileExistsError):
        another.up(name="data", files={"/a.txt": "text:theirs"})
    assert record_of(resource)["stack"] == "dev"


def test_a_create_that_was_recorded_unfinished_is_finished_by_any_update(resource: Resource) -> None:
    session = replace(resource.session, records_unfinished=True)
    checked = HANDLER.check(session, DATA, {}, {"name": "data", "files": SEED}).inputs
    refused = resource.server.fault("Upload", "status", path=OWNER_RECORD, occurrence=2, times=9, status=400)
    with pytest.raises(ResourceInitFailedError) as failed:
        HANDLER.create(session, DATA, checked)
    refused.times = 0
    resource.id, resource.inputs, resource.outputs = failed.value.resource_id, checked, failed.value.outputs
    assert record_of(resource)["phase"] == "creating"
    unchanged = HANDLER.diff(session, DATA, resource.id, resource.outputs, checked)
    assert (unchanged.changes, unchanged.replaces) == ({"ownerRecord": "update"}, [])
    assert resource.up(name="data", files=SEED, clearTimeout=90) == "update"
    assert record_of(resource)["phase"] == "ready"
    assert "__unfinished" not in resource.outputs


def test_an_unfinished_create_that_is_being_cleared_is_continued_after_the_clear(resource: Resource) -> None:
    resource.session = replace(resource.session, engine_lives=lambda: False)
    resource.up(name="data", files=SEED)
    resource.server.behave(clear_polls=2)
    resource.session.contexts.clear_async(resource.id)
    second = second_state(resource)
    assert second.up(name="data", files=SEED) == "create"
    assert second.files == {"/a.txt": b"one", "/b.txt": b"two"}


def test_without_owner_records_no_create_is_ever_continued(resource: Resource) -> None:
    resource.up(files=SEED, name="data-1234567")
    resource.server.behave(listing_lag=60)
    second = Resource(resource.server, new_session(resource.server))
    with pytest.raises(ContextExistsError):
        second.up(files={}, ownerRecord=False)


@pytest.mark.parametrize(("engine_lives", "phase"), [(True, "ready"), (False, "creating")])
def test_an_update_records_a_finished_context_only_while_the_engine_is_running(
    resource: Resource, engine_lives: bool, phase: str
) -> None:
    resource.up(name="data", files=SEED, ownerRecord=False)
    resource.session = replace(resource.session, engine_lives=lambda: engine_lives)
    resource.up(name="data", files=SEED)
    assert record_of(resource)["phase"] == phase


def test_an_uploaded_file_counts_as_stored_even_if_another_file_failed(resource: Resource) -> None:
    files = {f"/{number:02}": f"text:{number}" for number in range(12)}
    resource.server.fault("Upload", "status", path="/05", status=400)
    with pytest.raises(TransferError):
        resource.up(name="data", files=files)
    assert resource.server.contexts(KEY) == []


def test_an_upload_that_the_store_confirms_after_another_one_failed_counts_as_stored(resource: Resource) -> None:
    files = {f"/{number:02}": f"text:{number}" for number in range(12)}
    resource.server.fault("Upload", "stall", path="/02", seconds=1.0)
    resource.server.fault("Upload", "status", path="/05", status=400)
    with pytest.raises(TransferError):
        resource.up(name="data", files=files)
    assert resource.server.contexts(KEY) == []


def test_a_record_cannot_crash_the_output_of_the_engine(resource: Resource, another: Resource) -> None:
    """Guard against the Pulumi CLI, which panics on an unknown color directive."""
    resource.up(name="data", files=SEED)
    rewritten(resource, project="<{%nonsense%}>")
    reported = outcome(lambda: another.up(name="data"))
    assert "nonsense" in reported
    assert "<{%" not in reported


def test_a_missing_record_is_not_written_over_one_that_appeared_in_the_meantime(
    resource: Resource, another: Resource
) -> None:
    resource.up(name="data", files=SEED)
    without_record(resource)
    met = resource.server.fault("Upload", "status", path=OWNER_RECORD, **PAUSE)
    with meanwhile(met, lambda: another.up(**ADOPTING)):
        reported = outcome(lambda: resource.up(name="data", files={**SEED, "/c": "text:three"}))
    assert "stack prod" in reported
    assert record_of(another)["owner"] == another.outputs["ownerId"]


def recorded_unfinished(resource: Resource, files: dict[str, str]) -> None:
    """Let the last write of the record fail, and record the result as the plugin does."""
    session = replace(resource.session, records_unfinished=True)
    checked = HANDLER.check(session, DATA, {}, {"name": "data", "files": files}).inputs
    refused = resource.server.fault("Upload", "status", path=OWNER_RECORD, occurrence=2, times=9, status=400)
    with pytest.raises(ResourceInitFailedError) as failed:
        HANDLER.create(session, DATA, checked)
    refused.times = 0
    resource.id, resource.inputs, resource.outputs = failed.value.resource_id, checked, failed.value.outputs


def test_a_create_that_was_recorded_unfinished_is_finished_by_the_same_program_after_a_refresh(
    resource: Resource,
) -> None:
    recorded_unfinished(resource, SEED)
    assert resource.refresh()
    assert resource.up(name="data", files=SEED) == "update"
    assert record_of(resource)["phase"] == "ready"
    assert resource.up(name="data", files=SEED) == "same"


def test_a_completion_that_fails_again_is_still_recorded_as_unfinished(resource: Resource) -> None:
    recorded_unfinished(resource, SEED)
    resource.session = replace(resource.session, records_unfinished=True)
    refused = resource.server.fault("Upload", "status", path=OWNER_RECORD, times=9, status=400)
    with pytest.raises(ResourceInitFailedError) as failed:
        resource.up(name="data", files=SEED)
    refused.times = 0
    resource.outputs = failed.value.outputs
    assert resource.up(name="data", files=SEED, clearTimeout=90) == "update"
    assert record_of(resource)["phase"] == "ready"


def test_a_resumed_create_that_fails_before_it_writes_its_record_is_continued_again(resource: Resource) -> None:
    resource.session = replace(resource.session, engine_lives=lambda: False)
    resource.up(name="data", files=SEED)
    resource.id = ""
    resource.session = replace(resource.session, engine_lives=lambda: True, records_unfinished=True)
    refused = resource.server.fault("Upload", "status", path=OWNER_RECORD, times=9, status=400)
    with pytest.raises(TransferError):
        resource.up(name="data", files=SEED)
    refused.times = 0
    assert resource.up(name="data", files=SEED) == "create"


def test_a_create_that_takes_longer_than_its_urls_are_valid_succeeds(resource: Resource) -> None:
    expired = resource.server.fault("Upload", "status", path=OWNER_RECORD, occurrence=2, status=403)
    resource.up(name="data", files=SEED)
    assert expired.consumed == 1
    assert record_of(resource)["phase"] == "ready"


def test_an_adoption_that_fails_late_restores_the_record_through_a_fresh_url(
    resource: Resource, another: Resource
) -> None:
    resource.up(name="data", files=SEED)
    another.server.fault("Upload", "status", path="/theirs", status=400)
    since = len(resource.server.requests)
    with pytest.raises(TransferError):
        another.up(**ADOPTING)
    asked = [one.operation for one in resource.server.requests[since:] if one.path == OWNER_RECORD]
    assert asked.count("GetContextFileUploadUrl") == 2
    assert record_of(resource)["stack"] == "dev"


def test_a_late_write_of_the_record_is_not_taken_for_another_owner(resource: Resource) -> None:
    late = resource.server.fault("Upload", "status", path=OWNER_RECORD, **PAUSE)
    written: list[bytes] = []
    write = resource.session.contexts.transfers._store.put

    def put(url: str, upload: Any, *arguments: Any, **keywords: Any) -> None:
        if upload.path == OWNER_RECORD:
            written.append(upload.open().read())
        write(url, upload, *arguments, **keywords)

    def arrive() -> None:
        time.sleep(0.3)
        [context] = resource.server.contexts(KEY)
        resource.server.put_file(KEY, context["id"], OWNER_RECORD, written[0])

    resource.session.contexts.transfers._store.put = put  # type: ignore[method-assign]  # to see its content
    try:
        with meanwhile(late, arrive):
            assert resource.up(name="data") == "create"
    finally:
        resource.session.contexts.transfers._store.put = write  # type: ignore[method-assign]  # as above
    assert record_of(resource)["owner"] == resource.outputs["ownerId"]


def test_a_delete_without_a_response_succeeds_under_a_rotated_key(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    resource.outputs = {**resource.outputs, "account": "written under another key"}
    lost = resource.server.fault("DeleteContext", "answer_lost")
    resource.destroy()
    assert lost.consumed == 1
    assert resource.server.contexts(KEY) == []


def test_a_destroy_that_cannot_verify_its_ownership_keeps_the_state_entry(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    for key in ("ownerId", "ownerRecord", "overwriteFiles"):
        resource.outputs.pop(key, None)
    with pytest.raises(ContextOwnedElsewhereError, match="run `pulumi up`, then delete it"):
        HANDLER.delete(resource.session, None, resource.id, resource.outputs)
    assert resource.up(name="data", files={**SEED, "/c": "text:three"}) == "update"
    HANDLER.delete(new_session(resource.server), None, resource.id, resource.outputs)
    assert resource.server.contexts(KEY) == []
