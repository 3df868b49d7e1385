"""Tests of create, which is get-or-create on this API: existing contexts are checked first, failures are undone."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.client import Context
from pulumi_agbcontext.errors import (
    AGBError,
    ContextExistsError,
    IncompleteCreateError,
    SourceChangedError,
    TransferError,
    UnreachableError,
    WaitTimeoutError,
)

from .conftest import KEY, Resource, files_of
from .support import uploads

SEED = {"/a.txt": "text:one", "/b.txt": "text:two"}


def exists_already(resource: Resource, name: str = "data", **files: bytes) -> str:
    """Create a context outside the program."""
    context = resource.session.contexts.create(name).context
    assert context is not None
    for path, content in files.items():
        resource.server.put_file(KEY, context.id, f"/{path}", content)
    return context.id


def test_an_existing_context_of_that_name_is_an_error_with_id_age_and_three_remedies(resource: Resource) -> None:
    other = exists_already(resource, theirs=b"data")
    with pytest.raises(ContextExistsError) as caught:
        resource.up(name="data", files=SEED)
    message = str(caught.value)
    assert other in message
    assert "just now" in message
    for known in ("it contains files and has no owner record", "adopt=True", "another name", "or delete the context"):
        assert known in message
    assert resource.server.files(KEY, other) == {"/theirs": b"data"}


def test_adopt_manages_the_context_writes_the_declared_files_and_keeps_all_others(resource: Resource) -> None:
    other = exists_already(resource, theirs=b"data")
    assert resource.up(name="data", files=SEED, adopt=True) == "create"
    assert resource.id == other
    assert resource.files == {"/theirs": b"data", "/a.txt": b"one", "/b.txt": b"two"}


def test_after_an_adoption_the_region_is_unknown_and_an_update_records_an_explicit_region(resource: Resource) -> None:
    other = exists_already(resource)
    resource.up(name="data", adopt=True)
    assert "region" not in resource.outputs
    assert resource.up(name="data", adopt=True, region="cn-hangzhou") == "update"
    assert (resource.id, resource.outputs["region"]) == (other, "cn-hangzhou")


def test_adoption_with_triggers_clears_nothing(resource: Resource) -> None:
    exists_already(resource, theirs=b"data")
    resource.up(name="data", adopt=True, clearTriggers=["v1"])
    assert resource.files == {"/theirs": b"data"}
    assert resource.up(name="data", adopt=True, clearTriggers=["v1"]) == "same"


def test_destroy_deletes_an_adopted_context_like_any_other(resource: Resource) -> None:
    exists_already(resource, theirs=b"data")
    resource.up(name="data", adopt=True)
    resource.destroy()
    assert resource.server.contexts(KEY) == []


@pytest.mark.parametrize("name", [{}, {"name": "data"}], ids=["derived-name", "explicit-name"])
def test_an_unfinished_create_is_continued_under_any_kind_of_name(resource: Resource, name: dict[str, str]) -> None:
    resource.session = replace(resource.session, engine_lives=lambda: False)
    resource.server.fault("Upload", "status", path="/b.txt", status=400)
    with pytest.raises(TransferError):
        resource.up(**name, files=SEED)
    [left] = resource.server.contexts(KEY)
    resource.session = replace(resource.session, engine_lives=lambda: True)
    assert resource.up(**name, files={**SEED, "/a.txt": "text:edited"}) == "create"
    assert resource.id == left["id"]
    assert resource.files == {"/a.txt": b"edited", "/b.txt": b"two"}


def test_an_empty_context_under_a_derived_name_is_an_unfinished_create(resource: Resource) -> None:
    left = exists_already(resource, "data-1234567")
    assert resource.up(files=SEED) == "create"
    assert resource.id == left


def test_a_context_under_a_derived_name_with_a_file_of_another_writer_is_not_adopted(resource: Resource) -> None:
    other = exists_already(resource, "data-1234567", theirs=b"data")
    with pytest.raises(ContextExistsError, match=other):
        resource.up(files=SEED)
    assert resource.server.files(KEY, other) == {"/theirs": b"data"}


def test_a_seeded_file_that_was_rewritten_is_not_taken_for_an_unfinished_create(resource: Resource) -> None:
    other = exists_already(resource, "data-1234567", **{"a.txt": b"rewritten by an agent"})
    with pytest.raises(ContextExistsError, match=other):
        resource.up(files=SEED)
    assert resource.server.files(KEY, other) == {"/a.txt": b"rewritten by an agent"}


def test_an_empty_context_under_an_explicit_name_is_not_resumed(resource: Resource) -> None:
    exists_already(resource)
    with pytest.raises(ContextExistsError):
        resource.up(name="data", files=SEED)


def test_a_failed_create_leaves_nothing_behind(resource: Resource) -> None:
    fault = resource.server.fault("Upload", "status", path="/b.txt", times=99, status=400)
    with pytest.raises(TransferError):
        resource.up(name="data", files=SEED)
    assert fault.consumed == 1
    assert resource.server.contexts(KEY) == []


def test_a_failed_create_whose_engine_was_killed_undoes_nothing_that_the_next_update_may_manage(
    resource: Resource,
) -> None:
    resource.session = replace(resource.session, engine_lives=lambda: False)
    resource.server.fault("Upload", "status", path="/b.txt", times=99, status=400)
    with pytest.raises(TransferError):
        resource.up(files=SEED)
    [left] = resource.server.contexts(KEY)
    resource.server.faults[0].times = 0
    resource.session = replace(resource.session, engine_lives=lambda: True)
    assert resource.up(files=SEED) == "create"
    assert (resource.id, set(resource.files)) == (left["id"], set(SEED))


def test_after_a_failed_create_the_same_program_succeeds(resource: Resource) -> None:
    resource.server.fault("Upload", "status", status=400)
    with pytest.raises(TransferError):
        resource.up(name="data", files=SEED)
    assert resource.up(name="data", files=SEED) == "create"
    assert set(resource.files) == set(SEED)


def test_a_failed_create_keeps_a_context_with_files_of_another_writer_and_names_it(resource: Resource) -> None:
    def write_as_another_program() -> None:
        [context] = resource.server.contexts(KEY)
        resource.server.put_file(KEY, context["id"], "/agent", b"theirs")

    upload_many = resource.session.contexts.transfers.upload_many

    def upload_and_meet(context_id: str, *arguments: Any) -> None:
        write_as_another_program()
        upload_many(context_id, *arguments)

    resource.session.contexts.transfers.upload_many = upload_and_meet  # type: ignore[method-assign]  # to act at this moment
    resource.server.fault("Upload", "status", path="/a.txt", status=400)
    try:
        with pytest.raises(IncompleteCreateError) as caught:
            resource.up(name="data", files=SEED)
    finally:
        del resource.session.contexts.transfers.upload_many
    [context] = resource.server.contexts(KEY)
    assert context["id"] in str(caught.value)
    assert "/agent" in str(caught.value)
    assert resource.server.files(KEY, context["id"])["/agent"] == b"theirs"


def test_a_failed_create_that_cannot_be_undone_names_the_remaining_context(resource: Resource) -> None:
    resource.server.fault("Upload", "status", status=400)
    resource.server.fault("DeleteContext", "failure_body", code="Internal.Refused", message="not today")
    with pytest.raises(IncompleteCreateError, match="not today") as caught:
        resource.up(name="data", files=SEED)
    assert resource.server.contexts(KEY)[0]["id"] in str(caught.value)


def test_a_failed_create_keeps_what_another_run_of_the_same_program_has_finished(resource: Resource) -> None:
    upload_many = resource.session.contexts.transfers.upload_many

    def fail_after_the_other_run(context_id: str, *_: Any) -> None:
        for path, content in (("/a.txt", b"one"), ("/b.txt", b"two")):
            resource.server.put_file(KEY, context_id, path, content)
        raise TransferError("Could not upload")

    resource.session.contexts.transfers.upload_many = fail_after_the_other_run  # type: ignore[method-assign]  # to act at this moment
    try:
        with pytest.raises(IncompleteCreateError, match=r"/a\.txt"):
            resource.up(name="data", files=SEED)
    finally:
        resource.session.contexts.transfers.upload_many = upload_many  # type: ignore[method-assign]  # as above
    [context] = resource.server.contexts(KEY)
    assert set(files_of(resource.server, context["id"])) == set(SEED)


def test_a_create_that_may_have_taken_effect_reports_it(resource: Resource) -> None:
    resource.server.fault("GetContext", "answer_lost", occurrence=2, times=9)
    with pytest.raises(UnreachableError, match="Could not confirm whether context 'data' was created"):
        resource.up(name="data", files=SEED)


def test_a_context_that_never_becomes_usable_is_deleted_and_its_last_state_is_reported(resource: Resource) -> None:
    resource.server.behave(new_context_state="pre-available")
    with pytest.raises(WaitTimeoutError, match="pre-available"):
        resource.up(name="data", clearTimeout=0.3)
    assert resource.server.contexts(KEY) == []


def test_a_create_whose_response_is_lost_creates_one_context(resource: Resource) -> None:
    fault = resource.server.fault("GetContext", "answer_lost", occurrence=2)
    resource.up(name="data", files=SEED)
    assert fault.consumed == 1
    assert [context["id"] for context in resource.server.contexts(KEY)] == [resource.id]


def test_a_file_that_changed_between_check_and_upload_fails_with_its_path_and_leaves_nothing(
    resource: Resource,
) -> None:
    Path("f").write_text("as checked")
    news = resource._checked({}, {"name": "data", "files": {"/f": "file:f"}})
    Path("f").write_text("as edited!")
    with pytest.raises(SourceChangedError, match="/f"):
        resource._create(news)
    assert resource.server.contexts(KEY) == []


def test_a_file_deleted_between_check_and_upload_fails_with_its_path(resource: Resource) -> None:
    Path("f").write_text("as checked")
    news = resource._checked({}, {"name": "data", "files": {"/f": "file:f"}})
    Path("f").unlink()
    with pytest.raises(SourceChangedError, match="/f"):
        resource._create(news)
    assert resource.server.contexts(KEY) == []


def test_files_that_appear_between_create_and_first_upload_abort_the_create_and_are_kept(resource: Resource) -> None:
    list_all_files = resource.session.contexts.list_all_files

    def list_after_another_program_wrote(context_id: str, *arguments: Any) -> Any:
        resource.server.put_file(KEY, context_id, "/theirs", b"data")
        return list_all_files(context_id, *arguments)

    resource.session.contexts.list_all_files = list_after_another_program_wrote  # type: ignore[method-assign]  # to act at this moment
    try:
        with pytest.raises(ContextExistsError, match="at the same time"):
            resource.up(name="data", files=SEED)
    finally:
        del resource.session.contexts.list_all_files
    [context] = resource.server.contexts(KEY)
    assert resource.server.files(KEY, context["id"]) == {"/theirs": b"data"}


@pytest.mark.parametrize("adopt", [False, True])
def test_of_two_resources_with_one_name_in_one_process_exactly_one_succeeds(resource: Resource, adopt: bool) -> None:
    resources = [Resource(resource.server, resource.session) for _ in range(2)]
    failures: list[AGBError] = []

    def up(one: Resource) -> None:
        try:
            one._apply({"name": "data", "files": SEED, "adopt": adopt})
        except AGBError as failure:
            failures.append(failure)

    threads = [threading.Thread(target=up, args=(one,)) for one in resources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 1
    assert isinstance(failures[0], ContextExistsError)
    assert [bool(one.id) for one in resources].count(True) == 1
    assert len(resource.server.contexts(KEY)) == 1


def test_a_create_waits_for_a_name_that_a_deleted_context_still_has(resource: Resource) -> None:
    old = exists_already(resource)
    resource.server.behave(delete_lag=0.6)
    resource.session.contexts.delete(Context(old, "data"))
    by_id = resource.server.fault("GetContext", "failure_body", occurrence=2, code="Context.NotFound", message="gone")
    resource.up(name="data", clearPollInterval=0.1)
    assert by_id.consumed == 1
    assert resource.id != old


def test_a_server_that_is_down_is_reported_with_its_endpoint(resource: Resource) -> None:
    resource.server.fault("*", "reset_before", times=999)
    with pytest.raises(UnreachableError, match=resource.server.url):
        resource.up(name="data", files=SEED)


def test_a_create_stores_all_of_a_thousand_files(resource: Resource) -> None:
    files = {f"/many/{number:04}": f"text:{number}" for number in range(1000)}
    resource.up(name="data", files=files)
    assert len(resource.files) == 1000
    assert uploads(resource.server) == sorted(files)
