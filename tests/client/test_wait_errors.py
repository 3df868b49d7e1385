"""Tests that a timeout names what was awaited and that nothing waits without need."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from pulumi_agbcontext.client import (
    Account,
    Context,
    ContextService,
    wait_cleared,
    wait_deleted,
    wait_listed,
    wait_name_free,
    wait_ready,
)
from pulumi_agbcontext.client.api.replica_lag import observe_all, observe_files
from pulumi_agbcontext.errors import WaitTimeoutError
from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY


@pytest.mark.parametrize(
    "wait",
    [
        lambda service, id_: wait_ready(service, id_, timeout=0.2),
        lambda service, id_: wait_cleared(service, id_, timeout=0.2),
        lambda service, id_: wait_deleted(service, id_, timeout=0.2),
        lambda service, id_: wait_listed(service, id_, ["/f"], timeout=0.2),
    ],
    ids=["ready", "cleared", "gone", "listed"],
)
def test_the_error_names_the_context_that_was_waited_for(
    agb_server: LocalServer,
    service: ContextService,
    context: Context,
    wait: Callable[[ContextService, str], object],
) -> None:
    agb_server.set_state(context.id, "clearing")
    with pytest.raises(WaitTimeoutError, match=context.id):
        wait(service, context.id)


def test_the_error_names_the_files_that_are_missing_and_no_others(
    agb_server: LocalServer, service: ContextService, context: Context
) -> None:
    agb_server.put_file(KEY, context.id, "/here", b"x")
    with pytest.raises(WaitTimeoutError, match="/missing") as failed:
        wait_listed(service, context.id, ["/here", "/missing"], timeout=0.2)
    assert "/here" not in str(failed.value)


def test_a_wait_for_a_name_applies_to_its_region(agb_server: LocalServer) -> None:
    service = ContextService(Account(agb_server.url, KEY))
    service.create("memory", login_region_id="cn-shanghai")
    with pytest.raises(WaitTimeoutError):
        wait_name_free(service, "memory", "cn-shanghai", timeout=0.2)
    wait_name_free(service, "memory", None, timeout=1)


def test_the_first_listing_is_requested_immediately(service: ContextService, context: Context) -> None:
    started = time.monotonic()
    assert observe_files(service, context.id, {"/f": None}, pauses=()) == {}
    assert observe_all(service, context.id, pauses=()) == {}
    assert time.monotonic() - started < 0.9


@pytest.mark.parametrize(("timeout", "poll_interval"), [(math.inf, 1), (1, math.inf), (-1, 1), (1, 0)])
def test_a_wait_without_end_or_without_pauses_is_refused(
    service: ContextService, context: Context, timeout: float, poll_interval: float
) -> None:
    with pytest.raises(ValueError, match="cannot wait"):
        wait_ready(service, context.id, timeout, poll_interval)


def test_a_wait_of_zero_seconds_times_out(service: ContextService, context: Context) -> None:
    with pytest.raises(WaitTimeoutError):
        wait_ready(service, context.id, timeout=0)
