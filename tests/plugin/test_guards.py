"""Tests of `when_in_use` and `force_destroy` in both adapters: a refused change leaves the context unchanged."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from pulumi.automation import CommandError

from tests.holding import holds

from .conftest import KEY
from .stage import Stage

PROGRAM: dict[str, Any] = {"name": "data", "files": {"/a": "one"}, "clearTriggers": ["v1"]}
SEEDED = {"/a": b"one"}
REPLACED = {**PROGRAM, "clearTriggers": ["v2"]}
CLEARED = {**REPLACED, "clearInPlace": True}
IN_USE = r"Refused to change context SdkCtx-\w+: a session is using it, and `(when_in_use|whenInUse)` is 'fail'"
NOT_EMPTY = (
    r"Refused to erase context 'data' \(SdkCtx-\w+\): it contains 1 file \(/agent\) that this resource did not seed\. "
    r"Move or delete the files\. To erase them, set `(force_destroy=True|forceDestroy: true)`, run `pulumi up`"
)


def deploy(stage: Stage, **settings: Any) -> str:
    """Deploy the context and return its id."""
    stage.up(data={**PROGRAM, **settings})
    [context_id] = stage.ids
    return context_id


def erasing(stage: Stage) -> set[str]:
    """Return the erasing operations that the server received."""
    return {one.operation for one in stage.server.requests} & {"ClearContext", "DeleteContext", "DeleteContextFile"}


def refuses_to_destroy(stage: Stage, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        stage.destroy()


def test_fail_refuses_to_change_replace_clear_and_destroy_a_context_in_use(stage: Stage) -> None:
    settings = {"whenInUse": "fail"}
    context_id = deploy(stage, **settings)
    stage.server.set_state(context_id, "in-use")
    stage.fails(IN_USE, data={**PROGRAM, **settings, "files": {"/a": "two"}})
    stage.fails(IN_USE, data={**REPLACED, **settings})
    stage.fails(IN_USE, data={**CLEARED, **settings})
    refuses_to_destroy(stage, IN_USE)
    assert (holds(stage.server, KEY, context_id), erasing(stage)) == (SEEDED, set())
    stage.server.set_state(context_id, None)
    stage.destroy()
    assert stage.ids == []


def test_wait_waits_until_the_session_ends_and_up_to_clear_timeout(stage: Stage) -> None:
    settings = {"whenInUse": "wait", "clearTimeout": 1, "clearPollInterval": 0.2}
    context_id = deploy(stage, **settings)
    stage.server.set_state(context_id, "in-use")
    stage.fails("Timed out after 1 s .* its last state was in-use", data={**CLEARED, **settings})
    assert (holds(stage.server, KEY, context_id), erasing(stage)) == (SEEDED, set())
    since = len(stage.server.requests)

    def end_the_session() -> None:
        while sum(one.operation == "GetContext" for one in stage.server.requests[since:]) < 3:
            time.sleep(0.05)
        assert erasing(stage) == set()
        stage.server.set_state(context_id, None)

    session = threading.Thread(target=end_the_session, daemon=True)
    session.start()
    assert stage.up(data={**CLEARED, **settings, "clearTimeout": 60}) == {"data": "update"}
    session.join(10)
    assert erasing(stage) == {"ClearContext"}
    assert (stage.ids, holds(stage.server, KEY, context_id)) == ([context_id], SEEDED)


def test_proceed_changes_and_destroys_a_context_in_use(stage: Stage) -> None:
    context_id = deploy(stage)
    stage.server.set_state(context_id, "in-use")
    stage.up(data={**PROGRAM, "files": {"/a": "two"}})
    assert holds(stage.server, KEY, context_id) == {"/a": b"two"}
    stage.destroy()
    assert stage.ids == []


def test_without_force_destroy_files_of_others_stop_a_replacement_a_clear_and_a_destroy(stage: Stage) -> None:
    settings = {"forceDestroy": False}
    context_id = deploy(stage, **settings)
    stage.server.put_file(KEY, context_id, "/agent", b"agent")
    stage.fails(NOT_EMPTY, data={**REPLACED, **settings})
    stage.fails(NOT_EMPTY, data={**CLEARED, **settings})
    refuses_to_destroy(stage, NOT_EMPTY)
    assert (stage.ids, holds(stage.server, KEY, context_id), erasing(stage)) == (
        [context_id],
        {**SEEDED, "/agent": b"agent"},
        set(),
    )
    stage.up(data={**PROGRAM, "forceDestroy": True})
    assert stage.up(data={**REPLACED, "forceDestroy": True}) == {"data": "replace"}
    stage.destroy()
    assert stage.ids == []
