"""What passes from one owner to another within one update must not go with the owner that leaves."""

from dataclasses import replace

import pytest

from pulumi_agbcontext.errors import ContextFileExistsError
from pulumi_agbcontext.lifecycle import context, context_file, create, file_operations, operations
from pulumi_agbcontext.lifecycle.claims import Claims

from .conftest import KEY, Resource

FILE = {"path": "/x", "content": "mine"}


def test_a_context_that_another_resource_has_adopted_is_not_deleted_with_the_old_one(resource: Resource) -> None:
    resource.up(name="data", files={"/a": "text:x"})
    resource.server.put_file(KEY, resource.id, "/agent", b"theirs")
    session = replace(resource.session, claims=Claims())
    adopted, _ = create.create(session, {"name": "data", "adopt": True})
    operations.delete(session, resource.id, resource.outputs)
    assert adopted == resource.id
    assert resource.files == {"/a": b"x", "/agent": b"theirs"}


def test_a_file_that_moves_into_the_files_of_its_context_stays(resource: Resource) -> None:
    resource.up(name="data")
    inputs = context_file.check_file({"contextId": resource.id, **FILE}).inputs
    file_id, outputs = file_operations.create_file(resource.session, inputs)
    session = replace(resource.session, claims=Claims())
    news = context.check(resource.inputs, {"name": "data", "files": {"/x": "text:now yours"}}, "").inputs
    operations.update(session, resource.id, resource.outputs, news)
    file_operations.delete_file(session, file_id, outputs)
    assert resource.files == {"/x": b"now yours"}


def test_a_file_that_leaves_the_files_of_its_context_for_one_of_its_own_stays(resource: Resource) -> None:
    resource.up(name="data", files={"/x": "text:old"})
    session = replace(resource.session, claims=Claims())
    inputs = context_file.check_file({"contextId": resource.id, **FILE, "overwriteOnCreate": True}).inputs
    file_operations.create_file(session, inputs)
    news = context.check(resource.inputs, {"name": "data"}, "").inputs
    operations.update(session, resource.id, resource.outputs, news)
    assert resource.files == {"/x": b"mine"}


def test_a_file_that_another_resource_has_overwritten_is_not_deleted_with_the_old_one(resource: Resource) -> None:
    resource.up(name="data")
    inputs = context_file.check_file({"contextId": resource.id, **FILE}).inputs
    file_id, outputs = file_operations.create_file(resource.session, inputs)
    session = replace(resource.session, claims=Claims())
    file_operations.create_file(session, {**inputs, "overwriteOnCreate": True})
    file_operations.delete_file(session, file_id, outputs)
    assert resource.files == {"/x": b"mine"}


def test_a_living_context_and_a_living_file_with_one_path_are_two_owners(resource: Resource) -> None:
    resource.up(name="data", files={"/x": "text:x"})
    session = replace(resource.session, claims=Claims())
    operations.claim(session, resource.id, ["/x"])
    operations.claim(session, resource.id, ["/x"])
    with pytest.raises(ContextFileExistsError, match="two owners"):
        file_operations.claim_file(session, f"{resource.id}/x")


def test_a_replaced_file_is_not_met_by_its_own_ghost_in_a_listing_that_lags(resource: Resource) -> None:
    resource.up(name="data")
    inputs = context_file.check_file({"contextId": resource.id, **FILE}).inputs
    file_id, outputs = file_operations.create_file(resource.session, inputs)
    session = replace(resource.session, claims=Claims())
    resource.server.behave(listing_lag=60)
    file_operations.delete_file(session, file_id, outputs)
    file_operations.create_file(session, inputs)
    assert resource.files == {"/x": b"mine"}


def test_a_region_from_the_configuration_is_kept_through_a_replacement(resource: Resource) -> None:
    resource.session = replace(resource.session, region="ap-southeast-1")
    resource.up(name="data", clearTriggers=[1])
    resource.session = replace(resource.session, region=None)
    assert resource.up(name="data", clearTriggers=[2]) == "replace"
    assert resource.outputs["region"] == "ap-southeast-1"


def test_a_refused_create_does_not_open_the_way_for_the_next_one(resource: Resource) -> None:
    resource.up(name="data")
    resource.server.put_file(KEY, resource.id, "/x", b"theirs")
    inputs = context_file.check_file({"contextId": resource.id, **FILE}).inputs
    session = replace(resource.session, claims=Claims())
    for _ in range(2):
        with pytest.raises(ContextFileExistsError, match="somebody else"):
            file_operations.create_file(session, inputs)
    assert resource.files == {"/x": b"theirs"}
