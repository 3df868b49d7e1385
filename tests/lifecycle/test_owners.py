"""Tests that what moves from one resource of a program to another is not deleted with the old resource."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_agbcontext.errors import ContextExistsError, ContextFileExistsError
from pulumi_agbcontext.lifecycle.context_file.handler import ContextFileHandler
from pulumi_agbcontext.lifecycle.provider.declared_resources import DeclaredResources
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource as Declared

from .conftest import DATA, HANDLER, KEY, Resource

FILE = {"path": "/x", "content": "mine"}
NEW = Declared("urn:new", "shop", "dev", "new", "new-1234567")
DECLARED_FILE = Declared("urn:file", "shop", "dev", "file")
FILES = ContextFileHandler()


def new_process(resource: Resource) -> Any:
    """Return a session of the next command."""
    return replace(resource.session, declared=DeclaredResources())


def file_of(resource: Resource, session: Any, declared: Declared = DECLARED_FILE, **more: Any) -> tuple[str, Any]:
    """Create a `ContextFile` in the context."""
    program = {"contextId": resource.id, **FILE, **more}
    return FILES.create(session, declared, FILES.check(session, declared, {}, program).inputs)


def changed(resource: Resource, session: Any, **program: Any) -> None:
    """Update the context to another program in a given process."""
    news = HANDLER.check(session, DATA, resource.inputs, program).inputs
    HANDLER.update(session, DATA, resource.id, resource.outputs, news)


def test_a_context_that_another_resource_has_adopted_is_not_deleted_with_the_old_one(resource: Resource) -> None:
    resource.up(name="data", files={"/a": "text:x"})
    resource.server.put_file(KEY, resource.id, "/agent", b"theirs")
    session = new_process(resource)
    adopted, _ = HANDLER.create(session, NEW, HANDLER.check(session, NEW, {}, {"name": "data", "adopt": True}).inputs)
    HANDLER.delete(session, DATA, resource.id, resource.outputs)
    assert adopted == resource.id
    assert resource.files == {"/a": b"x", "/agent": b"theirs"}


def test_a_context_file_that_moves_into_the_files_of_its_context_is_not_deleted(resource: Resource) -> None:
    resource.up(name="data")
    file_id, outputs = file_of(resource, resource.session)
    session = new_process(resource)
    changed(resource, session, name="data", files={"/x": "text:now yours"}, overwriteFiles=True)
    FILES.delete(session, None, file_id, outputs)
    assert resource.files == {"/x": b"now yours"}


def test_a_file_that_moves_with_the_same_content_needs_no_permission(resource: Resource) -> None:
    resource.up(name="data")
    file_id, outputs = file_of(resource, resource.session)
    session = new_process(resource)
    changed(resource, session, name="data", files={"/x": "text:mine"})
    FILES.delete(session, None, file_id, outputs)
    assert resource.files == {"/x": b"mine"}


def test_a_file_that_moves_from_its_context_to_a_context_file_is_not_deleted(resource: Resource) -> None:
    resource.up(name="data", files={"/x": "text:old"})
    session = new_process(resource)
    file_of(resource, session, overwriteOnCreate=True)
    changed(resource, session, name="data")
    assert resource.files == {"/x": b"mine"}


def test_a_file_that_another_resource_has_overwritten_is_not_deleted_with_the_old_one(resource: Resource) -> None:
    resource.up(name="data")
    file_id, outputs = file_of(resource, resource.session)
    session = new_process(resource)
    file_of(resource, session, DECLARED_FILE._replace(key="urn:successor"), overwriteOnCreate=True)
    FILES.delete(session, None, file_id, outputs)
    assert resource.files == {"/x": b"mine"}


SECOND_FILE = Declared("urn:second", "shop", "dev", "second")


def test_a_path_in_the_files_of_a_context_is_refused_with_the_name_of_the_other_resource(resource: Resource) -> None:
    resource.up(name="data", files={"/x": "text:x"})
    session = new_process(resource)
    news = HANDLER.check(session, DATA, resource.inputs, {"name": "data", "files": {"/x": "text:x"}}).inputs
    file = {"contextId": resource.id, **FILE, "size": 4, "sha256": "0" * 64}
    session.declared.declare(DECLARED_FILE, None, None)
    HANDLER.diff(session, DATA, resource.id, resource.outputs, news)
    HANDLER.diff(session, DATA, resource.id, resource.outputs, news)
    with pytest.raises(ContextFileExistsError) as caught:
        FILES.diff(session, DECLARED_FILE, f"{resource.id}/x", file, file)
    assert str(caught.value) == (
        f"Cannot manage /x in context {resource.id}: resource 'data' in this program already manages it. "
        "Remove it from one of the two resources."
    )


def test_a_file_whose_path_a_context_declared_after_its_check_is_not_advised_to_overwrite(resource: Resource) -> None:
    """Guard against the remedy `overwrite_on_create=True`, which was already set."""
    resource.up(name="data")
    session = new_process(resource)
    news = FILES.check(session, DECLARED_FILE, {}, {"contextId": resource.id, **FILE, "overwriteOnCreate": True}).inputs
    changed(resource, session, name="data", files={"/x": "text:x"})
    with pytest.raises(ContextFileExistsError, match="resource 'data' in this program already manages it") as caught:
        FILES.create(session, DECLARED_FILE, news)
    assert "overwrite_on_create" not in str(caught.value)
    assert resource.files == {"/x": b"x"}


def test_a_context_whose_files_include_the_path_of_a_file_resource_names_that_resource(resource: Resource) -> None:
    resource.up(name="data")
    session = new_process(resource)
    file_of(resource, session)
    with pytest.raises(ContextFileExistsError, match="resource 'file' in this program already manages it"):
        changed(resource, session, name="data", files={"/x": "text:x"}, overwriteFiles=True)
    adopting = HANDLER.check(session, NEW, {}, {"name": "data", "adopt": True, "files": {"/x": "text:x"}}).inputs
    with pytest.raises(ContextFileExistsError, match="resource 'file' in this program already manages it"):
        HANDLER.create(session, NEW, adopting)
    assert resource.files == {"/x": b"mine"}


@pytest.mark.parametrize("overwrites", [True, False])
def test_a_path_that_another_file_is_about_to_leave_is_refused_with_a_remedy_that_works(
    resource: Resource, overwrites: bool
) -> None:
    """Guard against the remedy `delete_before_replace`, which the dynamic resource always has."""
    resource.up(name="data")
    old = file_of(resource, resource.session)
    session = new_process(resource)
    moved = moving(session, *old, path="/y")
    with pytest.raises(ContextFileExistsError) as caught:
        file_of(resource, session, SECOND_FILE, content="new", overwriteOnCreate=overwrites)
    assert str(caught.value) == (
        f"/x already exists in context {resource.id}: resource 'file' in this program still manages it. "
        "Add 'file' to the resource option `depends_on`, so that it releases that file first."
    )
    FILES.delete(session, None, *old)  # as `depends_on` does
    FILES.create(session, DECLARED_FILE, moved)
    file_of(resource, session, SECOND_FILE, content="new", overwriteOnCreate=overwrites)
    assert resource.files == {"/x": b"new", "/y": b"mine"}


def test_a_file_that_is_refused_does_not_keep_another_from_leaving_its_path(
    resource: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard against a delete that ran beside the refused create and left its file in the context."""
    resource.up(name="data")
    old = file_of(resource, resource.session)
    session = new_process(resource)
    moving(session, *old, path="/y")
    size = session.contexts.transfers.size

    def size_while_the_other_leaves(context_id: str, path: str) -> int | None:
        found = size(context_id, path)
        FILES.delete(session, None, *old)
        return found

    monkeypatch.setattr(session.contexts.transfers, "size", size_while_the_other_leaves)
    with pytest.raises(ContextFileExistsError):
        file_of(resource, session, SECOND_FILE, content="new")
    assert resource.files == {}


def moving(session: Any, file_id: str, outputs: Any, **more: Any) -> Any:
    """Plan the replacement of a file at another path, and return its checked inputs."""
    program = {"contextId": file_id.partition("/")[0], **FILE, **more}
    news = FILES.check(session, DECLARED_FILE, outputs, program).inputs
    assert FILES.diff(session, DECLARED_FILE, file_id, outputs, news).replaces
    return news


def test_a_name_that_another_context_is_about_to_leave_is_refused_with_a_remedy_that_works(resource: Resource) -> None:
    resource.up(name="data")
    session = new_process(resource)
    news = HANDLER.check(session, DATA, resource.inputs, {"name": "other"}).inputs
    HANDLER.diff(session, DATA, resource.id, resource.outputs, news)
    successor = HANDLER.check(session, NEW, {}, {"name": "data", "adopt": True}).inputs
    with pytest.raises(ContextExistsError, match=r"'data' in this program still manages it\. Add 'data' to"):
        HANDLER.create(session, NEW, successor)
    HANDLER.update(session, DATA, resource.id, resource.outputs, news)
    assert HANDLER.create(session, NEW, successor)[0] != resource.id


def test_a_replaced_file_does_not_conflict_with_itself_in_a_listing_that_lags(resource: Resource) -> None:
    resource.up(name="data")
    file_id, outputs = file_of(resource, resource.session)
    session = new_process(resource)
    resource.server.behave(listing_lag=60)
    FILES.delete(session, None, file_id, outputs)
    file_of(resource, session)
    assert resource.files == {"/x": b"mine"}


def test_a_file_that_others_wrote_after_a_refresh_is_refused_in_the_same_process(resource: Resource) -> None:
    resource.up(name="data")
    file_id, outputs = file_of(resource, resource.session)
    session = new_process(resource)
    resource.server.remove_file(KEY, resource.id, "/x")
    assert FILES.read(session, file_id, outputs) is None
    resource.server.put_file(KEY, resource.id, "/x", b"theirs")
    with pytest.raises(ContextFileExistsError):
        file_of(resource, session)
    assert resource.files == {"/x": b"theirs"}


def test_a_region_from_the_configuration_is_kept_through_a_replacement(resource: Resource) -> None:
    resource.session = replace(resource.session, region="ap-southeast-1")
    resource.up(name="data", clearTriggers=[1])
    resource.session = replace(resource.session, region=None)
    assert resource.up(name="data", clearTriggers=[2]) == "replace"
    assert resource.outputs["region"] == "ap-southeast-1"


def test_two_contexts_with_one_name_in_two_regions_do_not_conflict(resource: Resource) -> None:
    """Guard against a replacement that got the region of the other context."""
    session = resource.session
    north = Resource(resource.server, replace(session, region="ap-southeast-1"), NEW)
    north.up(name="data", clearTriggers=[1])
    south = Resource(resource.server, session)
    south.up(name="data", clearTriggers=[1])
    both = new_process(resource)
    for one in (north, south):
        news = HANDLER.check(both, one.declared, one.inputs, {"name": "data", "clearTriggers": [2]})
        assert "name" not in {fault.property for fault in news.failures} or one is south
        HANDLER.diff(both, one.declared, one.id, one.outputs, news.inputs)
    for one in (north, south):
        HANDLER.delete(both, one.declared, one.id, one.outputs)
    created = [HANDLER.create(both, one.declared, {"name": "data"})[1]["region"] for one in (north, south)]
    assert created == ["ap-southeast-1", "cn-hangzhou"]


def test_a_create_that_was_refused_is_refused_again(resource: Resource) -> None:
    resource.up(name="data")
    resource.server.put_file(KEY, resource.id, "/x", b"theirs")
    session = new_process(resource)
    for _ in range(2):
        with pytest.raises(ContextFileExistsError, match="already exists"):
            file_of(resource, session)
    assert resource.files == {"/x": b"theirs"}


def test_a_create_never_adopts_a_context_that_a_delete_of_the_same_run_left_to_its_owner(
    resource: Resource, another: Resource
) -> None:
    program: dict[str, Any] = {"name": "data", "adopt": True, "clearTriggers": [1]}
    resource.up(**program)
    another.up(**program)  # the other stack has adopted the context in the meantime
    another.server.put_file(KEY, another.id, "/theirs", b"data")
    with pytest.raises(ContextExistsError, match="cannot be replaced: it belongs to resource 'data' of stack prod"):
        resource.up(**{**program, "clearTriggers": [2]})
    assert another.files == {"/theirs": b"data"}
    assert another.up(**program) == "same"
