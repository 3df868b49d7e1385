"""Tests of the owner record in a context: two states, two programs, crashes, and records that cannot be parsed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_agbcontext.client import Context
from pulumi_agbcontext.client.api import replica_lag
from pulumi_agbcontext.errors import (
    AGBError,
    ContextExistsError,
    ContextFileExistsError,
    ContextOwnedElsewhereError,
    OwnerRecordError,
    TransferError,
)
from pulumi_agbcontext.lifecycle.context import owner_record
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD

from .conftest import DATA, HANDLER, KEY, CheckFailedError, Resource, new_session
from .support import asked, uploads

SEED = {"/a.txt": "text:one", "/b.txt": "text:two"}


def record_of(resource: Resource, context_id: str = "") -> dict[str, Any]:
    """Return the parsed record of the context."""
    content = resource.server.files(KEY, context_id or resource.id)[OWNER_RECORD]
    assert len(content) <= 1024
    return dict(json.loads(content))


def rewritten(resource: Resource, **changes: Any) -> None:
    """Change the record so that another owner has the context."""
    changed = json.dumps({**record_of(resource), **changes}).encode()
    resource.server.put_file(KEY, resource.id, OWNER_RECORD, changed)


def without_record(resource: Resource) -> None:
    resource.server.remove_file(KEY, resource.id, OWNER_RECORD)


def state_of_0_1(resource: Resource) -> None:
    """Turn the state into one that release 0.1 wrote."""
    for key in ("ownerId", "ownerRecord", "overwriteFiles"):
        resource.outputs.pop(key, None)


def second_state(resource: Resource) -> Resource:
    """Return the same program, stack and key with an empty state."""
    return Resource(resource.server, new_session(resource.server))


@pytest.fixture(autouse=True)
def _quick_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_lag, "_PAUSE_OF_MISSING", 0.02)
    monkeypatch.setattr("pulumi_agbcontext.client.api.replica_lag.observe_files.__defaults__", ((0.02, 0.02),))


def warned(resource: Resource) -> list[str]:
    """Collect the warnings of the next commands."""
    lines: list[str] = []
    resource.session = replace(resource.session, warn=lines.append)
    return lines


@pytest.mark.parametrize("name", [{}, {"name": "data"}], ids=["derived-name", "explicit-name"])
@pytest.mark.parametrize("files", [{}, SEED], ids=["empty", "seeded"])
def test_a_second_state_of_the_same_stack_never_adopts_a_finished_context(
    resource: Resource, name: dict[str, str], files: dict[str, str]
) -> None:
    resource.up(**name, files=files)
    with pytest.raises(ContextExistsError, match="resource 'data' of stack dev in project shop"):
        second_state(resource).up(**name, files={**files, "/a.txt": "text:theirs"})
    assert resource.files == {path: text.removeprefix("text:").encode() for path, text in files.items()}
    assert resource.up(**name, files=files) == "same"


def test_the_record_names_project_stack_resource_and_nothing_else(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    assert record_of(resource) == {
        "version": 1,
        "owner": resource.outputs["ownerId"],
        "project": "shop",
        "stack": "dev",
        "resource": "data",
        "phase": "ready",
    }
    assert len(bytes.fromhex(resource.outputs["ownerId"])) == 16


def test_two_creates_have_two_ids(resource: Resource, another: Resource) -> None:
    resource.up(name="one")
    another.up(name="two")
    assert resource.outputs["ownerId"] != another.outputs["ownerId"]


def test_a_record_with_very_long_names_fits_in_one_kibibyte_and_is_recognized(resource: Resource) -> None:
    resource.declared = DATA._replace(project='"' * 300, stack="ü" * 300, name="\U0001f600" * 300)
    resource.session = replace(resource.session, engine_lives=lambda: False)
    resource.server.fault("Upload", "status", path="/b.txt", status=400)
    with pytest.raises(TransferError):
        resource.up(name="data", files=SEED)
    resource.session = replace(resource.session, engine_lives=lambda: True)
    assert resource.up(name="data", files=SEED) == "create"
    assert record_of(resource)["phase"] == "ready"


OPERATIONS: dict[str, Callable[[Resource], object]] = {
    "update": lambda one: one.up(name="data", files={"/a.txt": "text:edited"}),
    "rename": lambda one: one.up(name="renamed", files=SEED),
    "clear in place": lambda one: one.up(name="data", files=SEED, clearInPlace=True, clearTriggers=[2]),
    "replacement": lambda one: one.up(name="data", files=SEED, clearTriggers=[2]),
    "destroy": lambda one: one.destroy(),
    "clear before delete": lambda one: one.destroy(),
}


def begin(resource: Resource, operation: str) -> None:
    resource.up(
        name="data",
        files=SEED,
        clearTriggers=[1],
        clearInPlace=operation == "clear in place",
        clearBeforeDelete=operation == "clear before delete",
    )
    resource.server.put_file(KEY, resource.id, "/agent", b"memory")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_operation_changes_a_context_of_another_owner(resource: Resource, operation: str) -> None:
    begin(resource, operation)
    rewritten(resource, owner="f" * 32, project="elsewhere", stack="prod")
    context_id, held = resource.id, resource.server.files(KEY, resource.id)
    lines = warned(resource)
    reported = ""
    try:
        OPERATIONS[operation](resource)
    except (ContextOwnedElsewhereError, ContextExistsError) as error:
        reported = str(error)
    reported += " ".join(lines)
    assert "resource 'data' of stack prod in project elsewhere" in reported
    assert resource.server.files(KEY, context_id) == held
    assert [context["name"] for context in resource.server.contexts(KEY)] == ["data"]


def test_an_update_of_another_owners_context_names_the_remedy(resource: Resource) -> None:
    begin(resource, "update")
    rewritten(resource, owner="f" * 32, stack="prod")
    with pytest.raises(ContextOwnedElsewhereError) as caught:
        resource.up(name="data", files={"/a.txt": "text:edited"}, clearTriggers=[1])
    message = str(caught.value)
    assert "pulumi state delete" in message
    assert "adopt=True" in message
    assert f"Context 'data' ({resource.id})" in message


def test_a_delete_of_another_owners_context_only_removes_the_state_entry_and_warns(resource: Resource) -> None:
    begin(resource, "destroy")
    rewritten(resource, owner="f" * 32, stack="prod")
    lines, context_id = warned(resource), resource.id
    resource.destroy()
    assert len(resource.server.contexts(KEY)) == 1
    [line] = lines
    assert f"Context 'data' ({context_id}) was not deleted" in line
    assert "stack prod" in line


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_missing_record_is_written_again_or_does_not_stop_a_delete(resource: Resource, operation: str) -> None:
    begin(resource, operation)
    owner, context_id = resource.outputs["ownerId"], resource.id
    without_record(resource)
    OPERATIONS[operation](resource)
    if resource.id == context_id:
        assert record_of(resource)["owner"] == owner == resource.outputs["ownerId"]
    else:
        assert context_id not in {context["id"] for context in resource.server.contexts(KEY)}


def test_a_missing_record_is_read_three_times_before_it_is_written(resource: Resource) -> None:
    resource.up(name="data")
    without_record(resource)
    since = len(resource.server.requests)
    resource.up(name="data", files=SEED)
    before_the_write = asked_of_record(resource, since)
    assert before_the_write[: before_the_write.index("Upload")].count("Download") == 4  # also just before the write


def test_a_delete_that_first_misses_the_record_of_another_owner_deletes_nothing(
    resource: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_lag, "_PAUSE_OF_MISSING", 0.3)
    resource.up(name="data", files=SEED)
    theirs = json.dumps({**record_of(resource), "owner": "f" * 32, "stack": "prod"}).encode()
    without_record(resource)
    since = len(resource.server.requests)

    def appear() -> None:
        while "Download" not in asked_of_record(resource, since):
            time.sleep(0.01)
        resource.server.put_file(KEY, resource.id, OWNER_RECORD, theirs)

    appearing = threading.Thread(target=appear)
    appearing.start()
    resource.destroy()
    appearing.join()
    assert len(resource.server.contexts(KEY)) == 1


def asked_of_record(resource: Resource, since: int) -> list[str]:
    return [one.operation for one in resource.server.requests[since:] if one.path == OWNER_RECORD]


def test_an_update_waits_for_a_running_clear_before_it_writes_the_record(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    without_record(resource)
    resource.server.behave(clear_seconds=0.4)
    resource.session.contexts.clear_async(resource.id)
    resource.up(name="data", files={**SEED, "/c": "text:three"})
    assert resource.server.files(KEY, resource.id).keys() == {OWNER_RECORD, "/c"}  # written after the clear had ended


BAD_RECORDS = {
    "not JSON": b"\xff\xfe{",
    "not a map": b"[1]",
    "deep": b"[" * 1000,
    "too large": b'{"version": 1, "x": "' + b"y" * 2000 + b'"}',
    "newer": b'{"version": 2, "owner": {"id": 1}}',
    "without owner": b'{"version": 1, "project": "a", "stack": "b", "resource": "c", "phase": "ready"}',
    "another phase": b'{"version": 1, "owner": "x", "project": "a", "stack": "b", "resource": "c", "phase": "odd"}',
    "empty": b"",
}


@pytest.mark.parametrize("bad", BAD_RECORDS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_record_that_cannot_be_parsed_prevents_every_change_and_names_the_remedy(
    resource: Resource, bad: str, operation: str
) -> None:
    begin(resource, operation)
    resource.server.put_file(KEY, resource.id, OWNER_RECORD, BAD_RECORDS[bad])
    held = resource.server.files(KEY, resource.id)
    with pytest.raises(OwnerRecordError, match="owner_record=False"):
        OPERATIONS[operation](resource)
    assert resource.server.files(KEY, resource.id) == held


@pytest.mark.parametrize("bad", BAD_RECORDS)
def test_adopt_refuses_a_record_that_cannot_be_parsed(resource: Resource, another: Resource, bad: str) -> None:
    resource.up(name="data", files=SEED)
    resource.server.put_file(KEY, resource.id, OWNER_RECORD, BAD_RECORDS[bad])
    with pytest.raises(OwnerRecordError, match="owner_record=False"):
        another.up(name="data", adopt=True)
    with pytest.raises(ContextExistsError, match="already exists"):
        another.up(name="data")
    assert another.up(name="data", adopt=True, ownerRecord=False) == "create"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_record_that_cannot_be_read_prevents_every_change(resource: Resource, operation: str) -> None:
    begin(resource, operation)
    held = resource.server.files(KEY, resource.id)
    outage = resource.server.fault("Download", "status", path=OWNER_RECORD, times=99, status=400)
    with pytest.raises(AGBError):
        OPERATIONS[operation](resource)
    assert outage.consumed
    assert resource.server.files(KEY, resource.id) == held


def test_a_store_that_answers_403_for_missing_objects_is_supported(resource: Resource) -> None:
    refusing = resource.server.fault("Download", "status", path=OWNER_RECORD, times=2, status=403)
    resource.up(name="data", files=SEED)
    assert refusing.consumed == 2
    assert record_of(resource)["owner"] == resource.outputs["ownerId"]


def test_a_listed_record_that_the_store_refuses_prevents_every_change(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    resource.server.fault("Download", "status", path=OWNER_RECORD, times=99, status=403)
    with pytest.raises(TransferError):
        resource.up(name="data", files={"/a.txt": "text:edited"})
    assert resource.files == {"/a.txt": b"one", "/b.txt": b"two"}


def test_a_listing_that_lags_does_not_hide_the_record(resource: Resource) -> None:
    resource.server.behave(listing_lag=60)
    resource.up(name="data", files=SEED)
    with pytest.raises(ContextExistsError, match="stack dev"):
        second_state(resource).up(name="data", files=SEED)
    rewritten(resource, owner="f" * 32)
    with pytest.raises(ContextOwnedElsewhereError):
        resource.up(name="data", files={"/a.txt": "text:edited"})


def test_an_adoption_warns_and_names_the_former_owner(
    resource: Resource, another: Resource, warnings: list[str]
) -> None:
    resource.up(name="data", files=SEED)
    another.session = replace(another.session, warn=warnings.append)
    another.up(name="data", adopt=True, files={"/c": "text:three"})
    assert len(warnings) == 1
    assert f"Context 'data' ({another.id})" in warnings[0]
    assert "resource 'data' of stack dev" in warnings[0]


def test_an_adoption_that_fails_does_not_warn(resource: Resource, another: Resource, warnings: list[str]) -> None:
    resource.up(name="data", files=SEED)
    another.session = replace(another.session, warn=warnings.append)
    another.server.fault("Upload", "status", path="/c", status=400)
    with pytest.raises(TransferError):
        another.up(name="data", adopt=True, files={"/c": "text:three"})
    assert warnings == []


def test_adopt_writes_a_new_owner_id_and_the_former_owner_gets_an_error(resource: Resource, another: Resource) -> None:
    resource.up(name="data", files=SEED)
    another.up(name="data", adopt=True, files={"/c": "text:three"})
    assert record_of(another)["stack"] == "prod"
    assert record_of(another)["owner"] == another.outputs["ownerId"] != resource.outputs["ownerId"]
    with pytest.raises(ContextOwnedElsewhereError, match="stack prod"):
        resource.up(name="data", files={"/a.txt": "text:edited"})
    resource.destroy()
    assert another.files == {"/a.txt": b"one", "/b.txt": b"two", "/c": b"three"}


@pytest.mark.parametrize("recorded", [True, False])
def test_a_failed_adoption_restores_the_previous_record(resource: Resource, another: Resource, recorded: bool) -> None:
    resource.up(name="data", files=SEED)
    if not recorded:
        without_record(resource)
    before = resource.server.files(KEY, resource.id)
    another.server.fault("Upload", "status", path="/c", status=400)
    with pytest.raises(TransferError):
        another.up(name="data", adopt=True, files={"/c": "text:three"})
    assert resource.server.files(KEY, resource.id) == before
    assert resource.up(name="data", files={"/a.txt": "text:edited"}) == "update"


def test_a_failed_adoption_restores_nothing_if_its_record_was_replaced(resource: Resource, another: Resource) -> None:
    resource.up(name="data", files=SEED)
    upload_many = another.session.contexts.transfers.upload_many

    def fail_after_a_third_takeover(*_: Any) -> None:
        rewritten(resource, owner="e" * 32, stack="third")
        raise TransferError("Could not upload")

    another.session.contexts.transfers.upload_many = fail_after_a_third_takeover  # type: ignore[method-assign]  # to act at this moment
    try:
        with pytest.raises(TransferError):
            another.up(name="data", adopt=True, files={"/c": "text:three"})
    finally:
        another.session.contexts.transfers.upload_many = upload_many  # type: ignore[method-assign]  # as above
    assert record_of(resource)["stack"] == "third"


def test_a_context_of_a_create_interrupted_before_its_record_is_reported_as_empty_and_unrecorded(
    resource: Resource,
) -> None:
    resource.session.contexts.create("data")
    with pytest.raises(ContextExistsError, match="it is empty and has no owner record") as caught:
        resource.up(name="data", files=SEED)
    assert "adopt=True" in str(caught.value)
    assert resource.up(name="data", files=SEED, adopt=True) == "create"


def test_a_create_that_finds_another_record_before_its_first_write_is_aborted(resource: Resource) -> None:
    theirs = json.dumps(owner_record.new_record(DATA._replace(stack="prod"), "creating").model_dump()).encode()
    transfers = resource.session.contexts.transfers
    document = transfers.document

    def document_after_the_other(context_id: str, path: str) -> Any:
        found = document(context_id, path)
        prepare = found.prepare

        def prepare_and_meet() -> None:
            prepare()
            resource.server.put_file(KEY, context_id, OWNER_RECORD, theirs)

        found.prepare = prepare_and_meet  # type: ignore[method-assign]  # to act at this moment
        return found

    transfers.document = document_after_the_other  # type: ignore[method-assign]  # as above
    try:
        with pytest.raises(ContextExistsError, match="stack prod"):
            resource.up(name="data", files=SEED)
    finally:
        transfers.document = document  # type: ignore[method-assign]  # as above
    [context] = resource.server.contexts(KEY)
    assert resource.server.files(KEY, context["id"]) == {OWNER_RECORD: theirs}


@pytest.mark.parametrize("at", [1, 2], ids=["at the read back", "after the files"])
def test_a_create_whose_record_is_overwritten_is_aborted_and_deletes_nothing(resource: Resource, at: int) -> None:
    theirs = owner_record.new_record(DATA._replace(stack="prod"), "creating").model_dump()
    stolen = json.dumps(theirs)
    headers = {"Content-Type": "application/json"}
    resource.server.fault(
        "Download", "answer", path=OWNER_RECORD, occurrence=1 + at, times=99, content=stolen, headers=headers
    )
    with pytest.raises(ContextExistsError, match="stack prod"):
        resource.up(name="data", files=SEED)
    assert uploads(resource.server) == ([] if at == 1 else sorted(SEED))
    assert "DeleteContext" not in asked(resource.server)


def test_ready_is_not_written_after_the_engine_was_killed_but_by_the_next_update(resource: Resource) -> None:
    resource.session = replace(resource.session, engine_lives=lambda: False)
    resource.up(name="data", files=SEED)
    assert record_of(resource)["phase"] == "creating"
    resource.session = replace(resource.session, engine_lives=lambda: True)
    resource.up(name="data", files={**SEED, "/c": "text:three"})
    assert record_of(resource)["phase"] == "ready"


def test_an_orphaned_provider_aborts_its_create_for_its_successor(resource: Resource) -> None:
    """Continue a create whose engine was killed under a new id while the provider of that engine still works."""
    orphan = Resource(resource.server, replace(resource.session, engine_lives=lambda: False))
    upload_many = orphan.session.contexts.transfers.upload_many

    def upload_after_the_successor(*arguments: Any) -> None:
        orphan.session.contexts.transfers.upload_many = upload_many  # type: ignore[method-assign]  # once
        assert resource.up(name="data", files=SEED) == "create"
        upload_many(*arguments)

    orphan.session.contexts.transfers.upload_many = upload_after_the_successor  # type: ignore[method-assign]  # to act at this moment
    with pytest.raises(ContextExistsError):
        orphan.up(name="data", files=SEED)
    assert record_of(resource)["owner"] == resource.outputs["ownerId"]
    assert set(resource.files) == set(SEED)


def test_a_failed_create_is_not_undone_if_another_owner_has_the_context(resource: Resource, another: Resource) -> None:
    upload_many = resource.session.contexts.transfers.upload_many

    def fail_after_a_takeover(*_: Any) -> None:
        resource.session.contexts.transfers.upload_many = upload_many  # type: ignore[method-assign]  # once
        assert another.up(name="data", adopt=True) == "create"
        raise TransferError("Could not upload")

    resource.session.contexts.transfers.upload_many = fail_after_a_takeover  # type: ignore[method-assign]  # to act at this moment
    with pytest.raises(AGBError, match="now belongs to resource 'data' of stack prod"):
        resource.up(name="data", files=SEED)
    assert another.up(name="data", adopt=True) == "same"
    assert record_of(another)["stack"] == "prod"


def test_undo_never_counts_an_upload_that_was_refused_or_whose_outcome_is_unknown(resource: Resource) -> None:
    """Put a file of another program at the path whose upload the store refuses."""
    upload_many = resource.session.contexts.transfers.upload_many

    def upload_over_another_programs(context_id: str, *arguments: Any) -> None:
        resource.server.put_file(KEY, context_id, "/a.txt", b"theirs")
        upload_many(context_id, *arguments)

    resource.session.contexts.transfers.upload_many = upload_over_another_programs  # type: ignore[method-assign]  # to act at this moment
    resource.server.fault("Upload", "status", path="/a.txt", status=400)
    try:
        with pytest.raises(AGBError, match=r"/a\.txt"):
            resource.up(name="data", files={"/a.txt": "text:one"})
    finally:
        resource.session.contexts.transfers.upload_many = upload_many  # type: ignore[method-assign]  # as above
    [context] = resource.server.contexts(KEY)
    assert resource.server.files(KEY, context["id"])["/a.txt"] == b"theirs"


def test_a_state_of_0_1_writes_a_record_with_its_first_update(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    without_record(resource)
    state_of_0_1(resource)
    assert HANDLER.diff(resource.session, DATA, resource.id, resource.outputs, resource.inputs).changes == {}
    assert resource.up(name="data", files=SEED, clearTimeout=90) == "update"
    assert record_of(resource)["owner"] == resource.outputs["ownerId"]


def test_a_state_of_0_1_adopts_the_owner_id_of_its_own_record(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    owner = resource.outputs["ownerId"]
    state_of_0_1(resource)
    resource.up(name="data", files={**SEED, "/c": "text:three"})
    assert resource.outputs["ownerId"] == owner


def test_a_state_of_0_1_whose_record_names_the_resource_deletes_its_context(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    state_of_0_1(resource)
    resource.destroy()
    assert resource.server.contexts(KEY) == []


def test_a_state_of_0_1_does_not_adopt_a_context_of_another_owner(resource: Resource, another: Resource) -> None:
    resource.up(name="data", files=SEED)
    state_of_0_1(resource)
    another.up(name="data", adopt=True)
    with pytest.raises(ContextOwnedElsewhereError):
        resource.up(name="data", files={"/a.txt": "text:edited"})
    resource.destroy()
    assert len(another.files) == 2


def test_an_import_adopts_the_context_with_its_first_update_and_names_the_former_owner(
    resource: Resource, another: Resource
) -> None:
    resource.up(name="data", files=SEED)
    found = HANDLER.import_(another.session, resource.id)
    assert found is not None
    assert found.outputs["ownerId"] == "imported"
    another.id, another.outputs, another.inputs = resource.id, found.outputs, found.inputs or {}
    lines = warned(another)
    assert another.up(name="data", files={"/c": "text:three"}) == "update"
    assert record_of(another)["stack"] == "prod"
    assert f"Context 'data' ({resource.id})" in lines[0]
    assert "stack dev" in lines[0]
    with pytest.raises(ContextOwnedElsewhereError):
        resource.up(name="data", files={"/a.txt": "text:edited"})


def test_an_import_that_is_destroyed_deletes_the_context_and_names_the_former_owner(
    resource: Resource, another: Resource
) -> None:
    resource.up(name="data", files=SEED)
    found = HANDLER.import_(another.session, resource.id)
    assert found is not None
    another.id, another.outputs = resource.id, found.outputs
    lines = warned(another)
    another.destroy()
    assert resource.server.contexts(KEY) == []
    assert f"Context 'data' ({resource.id})" in lines[0]
    assert "stack dev" in lines[0]


def test_without_an_owner_record_nothing_is_written_or_read(resource: Resource) -> None:
    settings: dict[str, Any] = {"name": "data", "ownerRecord": False}
    resource.up(**settings, files=SEED, clearTriggers=[1], clearInPlace=True)
    resource.up(**settings, files=SEED, clearTriggers=[2], clearInPlace=True)
    resource.up(**settings, files={"/a.txt": "text:edited"}, clearTriggers=[2], clearInPlace=True)
    resource.destroy()
    assert OWNER_RECORD not in {record.path for record in resource.server.requests}
    assert resource.server.contexts(KEY) == []


def test_turning_the_owner_record_off_and_on_is_an_update_and_keeps_the_id(resource: Resource) -> None:
    resource.up(name="data")
    owner = resource.outputs["ownerId"]
    assert resource.up(name="data", ownerRecord=False) == "update"
    assert resource.outputs["ownerId"] == owner
    without_record(resource)
    assert resource.up(name="data") == "update"
    assert record_of(resource)["owner"] == resource.outputs["ownerId"] == owner


def test_a_context_created_without_a_record_gets_one(resource: Resource) -> None:
    resource.up(name="data", ownerRecord=False)
    assert "ownerId" not in resource.outputs
    assert resource.up(name="data") == "update"
    assert record_of(resource)["owner"] == resource.outputs["ownerId"]


def test_refresh_neither_reads_nor_reports_the_record(resource: Resource) -> None:
    resource.up(name="data", files=SEED, driftCheck="content")
    without_record(resource)
    outputs = resource.outputs
    since = len(resource.server.requests)
    assert resource.refresh()
    assert resource.outputs == outputs
    assert OWNER_RECORD not in {record.path for record in resource.server.requests[since:]}


@pytest.mark.parametrize("path", [OWNER_RECORD, f"{OWNER_RECORD}/below"])
def test_the_path_of_the_record_is_refused_as_a_seeded_file(resource: Resource, path: str) -> None:
    with pytest.raises(CheckFailedError, match="reserved"):
        resource.up(name="data", files={path: "text:x"})


def test_an_in_place_clear_writes_the_record_before_the_files(resource: Resource) -> None:
    begin(resource, "clear in place")
    owner, since = resource.outputs["ownerId"], len(resource.server.requests)
    OPERATIONS["clear in place"](resource)
    paths = [one.path for one in resource.server.requests[since:] if one.operation == "Upload"]
    assert paths[0] == OWNER_RECORD
    assert record_of(resource)["owner"] == owner
    assert resource.files == {"/a.txt": b"one", "/b.txt": b"two"}


def test_an_in_place_clear_stops_before_the_files_if_another_owner_has_appeared(resource: Resource) -> None:
    begin(resource, "clear in place")
    theirs = json.dumps(owner_record.new_record(DATA._replace(stack="prod"), "ready").model_dump())
    resource.server.fault("Download", "answer", path=OWNER_RECORD, occurrence=3, times=99, content=theirs)
    since = len(resource.server.requests)
    with pytest.raises(ContextOwnedElsewhereError, match="stack prod"):
        OPERATIONS["clear in place"](resource)
    assert uploads(resource.server, since) == []


def test_a_clear_is_not_started_if_another_owner_has_appeared_since_the_update_began(resource: Resource) -> None:
    begin(resource, "clear in place")
    theirs = json.dumps(owner_record.new_record(DATA._replace(stack="prod"), "ready").model_dump())
    resource.server.fault("Download", "answer", path=OWNER_RECORD, occurrence=2, times=99, content=theirs)
    held = resource.server.files(KEY, resource.id)
    with pytest.raises(ContextOwnedElsewhereError, match="stack prod"):
        OPERATIONS["clear in place"](resource)
    assert resource.server.files(KEY, resource.id) == held


def test_an_update_fails_if_its_context_is_cleared_during_the_seeding(resource: Resource) -> None:
    for name in ({}, {"name": "data"}):
        one = Resource(resource.server, new_session(resource.server))
        upload_many = one.session.contexts.transfers.upload_many

        def upload_and_lose_everything(context_id: str, *arguments: Any) -> None:
            upload_many(context_id, *arguments)  # noqa: B023  (called within this iteration)
            for path in resource.server.files(KEY, context_id):
                resource.server.remove_file(KEY, context_id, path)
            one.session.contexts.transfers.upload_many = upload_many  # type: ignore[method-assign]  # noqa: B023

        one.session.contexts.transfers.upload_many = upload_and_lose_everything  # type: ignore[method-assign]
        with pytest.raises(AGBError, match=r"'data.*' \(SdkCtx-\w+\) was cleared by another program"):
            one.up(**name, files=SEED)
        assert one.up(**name, files=SEED) == "create"
        assert set(one.files) == set(SEED)


def test_one_stale_available_does_not_let_a_clear_erase_new_files(resource: Resource) -> None:
    begin(resource, "clear in place")
    resource.server.behave(clear_seconds=0.6)
    stale = {"success": True, "data": {"id": resource.id, "name": "data", "state": "available"}}
    resource.server.fault("GetContext", "answer", occurrence=2, content=json.dumps(stale))
    OPERATIONS["clear in place"](resource)
    assert resource.files == {"/a.txt": b"one", "/b.txt": b"two"}


def test_a_file_that_an_agent_wrote_is_not_overwritten_when_its_path_is_added_to_files(resource: Resource) -> None:
    resource.up(name="data")
    resource.server.put_file(KEY, resource.id, "/a.txt", b"by an agent")
    with pytest.raises(ContextFileExistsError, match="a failed update") as caught:
        resource.up(name="data", files=SEED)
    assert "overwrite_files=True" in str(caught.value)
    assert resource.files == {"/a.txt": b"by an agent"}
    assert resource.up(name="data", files=SEED, overwriteFiles=True) == "update"
    assert resource.files == {"/a.txt": b"one", "/b.txt": b"two"}


def test_a_file_with_the_declared_content_is_recorded_without_an_upload(resource: Resource) -> None:
    resource.up(name="data")
    resource.server.put_file(KEY, resource.id, "/a.txt", b"one")
    since = len(resource.server.requests)
    resource.up(name="data", files=SEED)
    assert uploads(resource.server, since) == ["/b.txt"]
    assert resource.outputs["fileCount"] == 2


def test_a_path_added_to_files_together_with_a_clear_does_not_conflict(resource: Resource) -> None:
    settings: dict[str, Any] = {"name": "data", "clearInPlace": True}
    resource.up(**settings, clearTriggers=[1])
    resource.server.put_file(KEY, resource.id, "/a.txt", b"by an agent")
    resource.up(**settings, clearTriggers=[2], files=SEED)
    assert resource.files == {"/a.txt": b"one", "/b.txt": b"two"}


@pytest.mark.parametrize("code", ["Identity.NotExist", "InvalidContextId.NotFound", "ResourceNotFound"])
def test_only_the_documented_code_means_that_a_context_was_deleted(resource: Resource, code: str) -> None:
    resource.up(name="data", files=SEED)
    resource.server.fault("GetContext", "failure_body", times=9, code=code, message="there is no such thing")
    with pytest.raises(AGBError):
        resource.refresh()


def test_text_of_a_record_is_shown_truncated_and_without_control_characters(
    resource: Resource, another: Resource
) -> None:
    resource.up(name="data", files=SEED)
    rewritten(resource, project="line\nbreak\x1b[31m" + "x" * 300, stack="https://u:p@host/?signature=s3cret")
    with pytest.raises(ContextExistsError) as caught:
        another.up(name="data")
    message = str(caught.value)
    assert "\n" not in message
    assert "\x1b" not in message
    assert "x" * 100 not in message
    assert "s3cret" not in message
    assert "u:p" not in message


COSTS = {
    "no-op": (lambda one: one.up(name="data", files=SEED), 0),
    "update of one file": (lambda one: one.up(name="data", files={**SEED, "/a.txt": "text:edited"}), 6),
    "one file added": (lambda one: one.up(name="data", files={**SEED, "/c": "text:three"}), 8),
    "delete": (lambda one: one.destroy(), 6),
}


@pytest.mark.parametrize("operation", COSTS)
def test_an_operation_sends_at_most_a_fixed_number_of_requests(resource: Resource, operation: str) -> None:
    resource.up(name="data", files=SEED)
    since = len(resource.server.requests)
    act, most = COSTS[operation]
    act(resource)
    assert len(resource.server.requests) - since <= most


@pytest.mark.parametrize(("files", "most"), [({}, 9), (SEED, 12 + 2 * len(SEED))], ids=["empty", "seeded"])
def test_a_create_sends_at_most_a_fixed_number_of_requests(
    resource: Resource, files: dict[str, str], most: int
) -> None:
    resource.up(name="data", files=files)
    assert len(resource.server.requests) <= most


def test_destroy_of_a_context_deleted_outside_the_program_succeeds(resource: Resource) -> None:
    resource.up(name="data", files=SEED)
    resource.session.contexts.delete(Context(resource.id, "data"))
    resource.destroy()
    assert resource.server.contexts(KEY) == []
