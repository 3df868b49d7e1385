"""What passes from one resource to another within one program is not deleted with the resource that leaves."""

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
    """A session of the next command."""
    return replace(resource.session, declared=DeclaredResources())


def file_of(resource: Resource, session: Any, declared: Declared = DECLARED_FILE, **more: Any) -> tuple[str, Any]:
    """Create a file of its own in the context."""
    program = {"contextId": resource.id, **FILE, **more}
    return FILES.create(session, declared, FILES.check(session, declared, {}, program).inputs)


def changed(resource: Resource, session: Any, **program: Any) -> None:
    """Update the context to another program, in a given process."""
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


def test_a_file_that_moves_into_the_files_of_its_context_stays(resource: Resource) -> None:
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


def test_a_file_that_leaves_the_files_of_its_context_for_one_of_its_own_stays(resource: Resource) -> None:
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


def test_a_context_and_a_file_resource_with_one_path_have_two_owners(resource: Resource) -> None:
    resource.up(name="data", files={"/x": "text:x"})
    session = new_process(resource)
    news = HANDLER.check(session, DATA, resource.inputs, {"name": "data", "files": {"/x": "text:x"}}).inputs
    file = {"contextId": resource.id, **FILE, "size": 4, "sha256": "0" * 64}
    session.declared.declare(DECLARED_FILE, None, None)
    HANDLER.diff(session, DATA, resource.id, resource.outputs, news)
    HANDLER.diff(session, DATA, resource.id, resource.outputs, news)
    with pytest.raises(ContextFileExistsError, match="two owners"):
        FILES.diff(session, DECLARED_FILE, f"{resource.id}/x", file, file)


def test_a_replaced_file_is_not_met_by_its_own_trace_in_a_listing_that_lags(resource: Resource) -> None:
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


def test_two_contexts_of_one_name_in_two_regions_do_not_disturb_each_other(resource: Resource) -> None:
    """Found in manual review: the replacement of one took the region of the other."""
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


def test_a_refused_create_does_not_open_the_way_for_the_next_one(resource: Resource) -> None:
    resource.up(name="data")
    resource.server.put_file(KEY, resource.id, "/x", b"theirs")
    session = new_process(resource)
    for _ in range(2):
        with pytest.raises(ContextFileExistsError, match="already exists"):
            file_of(resource, session)
    assert resource.files == {"/x": b"theirs"}


def test_a_create_never_takes_what_a_delete_of_the_same_run_has_left_to_its_owner(
    resource: Resource, another: Resource
) -> None:
    program: dict[str, Any] = {"name": "data", "adopt": True, "clearTriggers": [1]}
    resource.up(**program)
    another.up(**program)  # the other stack has taken it over meanwhile
    another.server.put_file(KEY, another.id, "/theirs", b"data")
    with pytest.raises(ContextExistsError, match="cannot be replaced: it belongs to resource 'data' of stack prod"):
        resource.up(**{**program, "clearTriggers": [2]})
    assert another.files == {"/theirs": b"data"}
    assert another.up(**program) == "same"
