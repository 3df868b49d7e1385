"""Tests of guards against data loss: contexts in use, files that a resource did not seed, and too many deletes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_agbcontext.errors import ContextInUseError, ContextNotEmptyError, TooManyDeletesError, WaitTimeoutError
from pulumi_agbcontext.lifecycle.context_file.handler import ContextFileHandler
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource as Declared

from .conftest import KEY, Directory, Resource

PROGRAM: dict[str, Any] = {"name": "data", "files": {"/a": "text:a"}}
CHANGES = ("ModifyContext", "ClearContext", "DeleteContext", "DeleteContextFile", "Upload")


def changes(resource: Resource, since: int) -> list[str]:
    return [one.operation for one in resource.server.requests[since:] if one.operation in CHANGES]


@pytest.fixture
def used(resource: Resource) -> Resource:
    """Return a context that a session uses."""
    resource.up(**PROGRAM, clearTriggers=[1], clearInPlace=True, whenInUse="fail")
    resource.server.set_state(resource.id, "in-use")
    return resource


@pytest.mark.parametrize(
    "change",
    [
        {"name": "renamed"},
        {"files": {"/a": "text:b"}},
        {"files": {}},
        {"clearTriggers": [2]},
        {"clearTriggers": [2], "clearInPlace": False},
    ],
)
def test_fail_refuses_every_change_of_a_context_in_use(used: Resource, change: dict[str, Any]) -> None:
    since = len(used.server.requests)
    with pytest.raises(ContextInUseError) as caught:
        used.up(**{**PROGRAM, "clearTriggers": [1], "clearInPlace": True, "whenInUse": "fail", **change})
    assert str(caught.value) == (
        f"Refused to change context {used.id}: a session is using it, and `when_in_use` is 'fail'. Try again after the "
        "session has ended, or set `when_in_use` to 'wait' or 'proceed'."
    )
    assert changes(used, since) == []


def test_fail_refuses_to_destroy_a_context_in_use(used: Resource) -> None:
    since = len(used.server.requests)
    with pytest.raises(ContextInUseError):
        used.destroy()
    assert changes(used, since) == []
    used.server.set_state(used.id, "available")
    used.destroy()


def test_a_change_of_settings_alone_is_recorded_while_a_session_uses_the_context(used: Resource) -> None:
    assert used.up(**PROGRAM, clearTriggers=[1], clearInPlace=True) == "update"


def test_proceed_changes_a_context_in_use(resource: Resource) -> None:
    resource.up(**PROGRAM)
    resource.server.set_state(resource.id, "in-use")
    assert resource.up(**{**PROGRAM, "files": {"/a": "text:b"}}) == "update"
    resource.destroy()


def test_wait_waits_until_no_session_uses_the_context(resource: Resource) -> None:
    resource.up(**PROGRAM)
    resource.server.set_state(resource.id, "in-use")
    since, started = len(resource.server.requests), time.monotonic()
    later(0.4, lambda: resource.server.set_state(resource.id, "available"))
    resource.up(**{**PROGRAM, "files": {"/a": "text:b"}}, whenInUse="wait")
    assert 0.4 <= time.monotonic() - started < 3
    assert changes(resource, since) == ["Upload"]


def test_wait_ends_with_an_error_after_the_timeout(resource: Resource) -> None:
    resource.up(**PROGRAM, whenInUse="wait", clearTimeout=0.3)
    resource.server.set_state(resource.id, "in-use")
    since = len(resource.server.requests)
    with pytest.raises(WaitTimeoutError, match="in-use"):
        resource.up(**{**PROGRAM, "files": {}}, whenInUse="wait", clearTimeout=0.3)
    with pytest.raises(WaitTimeoutError, match="in-use"):
        resource.destroy()
    assert changes(resource, since) == []


def test_an_adopted_context_in_use_is_refused_before_its_record_is_written(
    resource: Resource, another: Resource
) -> None:
    another.up(**PROGRAM)
    resource.server.set_state(another.id, "in-use")
    since = len(resource.server.requests)
    with pytest.raises(ContextInUseError):
        resource.up(name="data", adopt=True, whenInUse="fail")
    assert changes(resource, since) == []


def later(seconds: float, act: Callable[[], object]) -> None:
    threading.Timer(seconds, act).start()


def test_fail_refuses_every_change_of_a_directory_in_use(directory: Directory) -> None:
    directory.up(files={"/a": "text:a"}, whenInUse="fail")
    directory.server.set_state(directory.context_id, "in-use")
    since = len(directory.server.requests)
    with pytest.raises(ContextInUseError):
        directory.up(files={"/a": "text:b"}, whenInUse="fail")
    with pytest.raises(ContextInUseError):
        directory.destroy()
    directory.id = ""
    with pytest.raises(ContextInUseError):
        directory.up(path="/new", files={"/a": "text:b"}, whenInUse="fail")
    assert changes(directory, since) == []


def test_fail_refuses_every_change_of_a_file_in_use(directory: Directory) -> None:
    files, session, declared = ContextFileHandler(), directory.session, Declared("urn:file", name="file")
    program = {"contextId": directory.context_id, "path": "/f", "whenInUse": "fail"}
    old = files.check(session, declared, {}, {**program, "content": "x"}).inputs
    file_id, outputs = files.create(session, declared, old)
    directory.server.set_state(directory.context_id, "in-use")
    since = len(directory.server.requests)
    new = files.check(session, declared, old, {**program, "content": "y"}).inputs
    with pytest.raises(ContextInUseError):
        files.update(session, declared, file_id, outputs, new)
    with pytest.raises(ContextInUseError):
        files.delete(session, declared, file_id, outputs)
    with pytest.raises(ContextInUseError):
        files.create(session, declared, {**new, "path": "/g"})
    assert changes(directory, since) == []


GUARDED = {**PROGRAM, "forceDestroy": False, "clearTriggers": [1]}


@pytest.fixture
def guarded(resource: Resource) -> Resource:
    """Return a guarded context that contains four files of other writers."""
    resource.up(**GUARDED)
    for number in range(4):
        resource.server.put_file(KEY, resource.id, f"/agent/{number}", b"x")
    return resource


def test_a_guarded_context_with_files_of_others_is_not_destroyed(guarded: Resource) -> None:
    since = len(guarded.server.requests)
    with pytest.raises(ContextNotEmptyError) as caught:
        guarded.destroy()
    assert str(caught.value) == (
        f"Refused to erase context 'data' ({guarded.id}): it contains 4 files (/agent/0, /agent/1, /agent/2 and 1 "
        "more) that this resource did not seed. Move or delete the files. To erase them, set `force_destroy=True`, run "
        "`pulumi up` with no other changes, then try again."
    )
    assert changes(guarded, since) == []


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("rename", [{}, {"name": "renamed"}])
def test_a_guarded_context_with_files_of_others_is_neither_replaced_nor_cleared(
    guarded: Resource, in_place: bool, rename: dict[str, str]
) -> None:
    guarded.up(**GUARDED, clearInPlace=in_place)
    since = len(guarded.server.requests)
    with pytest.raises(ContextNotEmptyError):
        guarded.up(**{**GUARDED, "clearTriggers": [2], **rename}, clearInPlace=in_place)
    assert changes(guarded, since) == []


def test_a_guarded_context_with_its_own_files_alone_is_cleared_and_destroyed(resource: Resource) -> None:
    resource.up(**GUARDED, clearInPlace=True)
    assert resource.up(**{**GUARDED, "clearTriggers": [2]}, clearInPlace=True) == "update"
    resource.destroy()
    assert resource.server.contexts(KEY) == []


def test_the_guard_is_disabled_by_a_separate_update(guarded: Resource) -> None:
    assert guarded.up(**{**GUARDED, "forceDestroy": True}) == "update"
    guarded.destroy()
    assert guarded.server.contexts(KEY) == []


def test_one_listing_that_shows_a_file_of_others_is_enough_to_refuse(guarded: Resource) -> None:
    guarded.server.behave(listing_flapping=True)
    with pytest.raises(ContextNotEmptyError):
        guarded.destroy()


def test_a_guarded_context_is_not_deleted_if_a_file_appears_after_its_clear(resource: Resource) -> None:
    resource.up(**GUARDED, clearBeforeDelete=True)
    resource.server.behave(clear_seconds=0.5)

    def write() -> None:
        while resource.server.files(KEY, resource.id):
            time.sleep(0.01)
        resource.server.put_file(KEY, resource.id, "/agent/new", b"new")

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(ContextNotEmptyError):
        resource.destroy()
    writer.join()
    assert resource.files == {"/agent/new": b"new"}


def test_max_deletes_counts_all_own_files_of_a_directory_that_moves_and_no_unmanaged_ones(directory: Directory) -> None:
    program = {"files": {"/a": "text:a", "/b": "text:b"}, "exclusive": True}
    directory.up(**program)
    directory.refresh()
    assert set(directory.outputs["unmanagedFiles"]) == {"/agent.txt"}
    with pytest.raises(TooManyDeletesError, match=re.escape("would delete 2 files (/a, /b), and")):
        directory.up(**program, path="/moved", maxDeletes=1)
    assert directory.up(**program, path="/moved", maxDeletes=2) == "replace"
    assert directory.files == {"/data/agent.txt": b"agent", "/moved/a": b"a", "/moved/b": b"b"}
