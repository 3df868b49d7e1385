"""What a not-found proves, and waiting for a context that is busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.deadline import current
from pulumi_agbcontext.client.models import Context
from pulumi_agbcontext.client.waiters import CLEARING, wait_cleared, wait_ready
from pulumi_agbcontext.errors import NotFoundError, WaitTimeoutError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.inputs import ContextInputs

T = TypeVar("T")
_PAUSE = 0.3  # seconds


def confirm_not_found(act: Callable[[], T]) -> T:
    """Act again after a not-found: a single one may come from a replica that is behind.

    Raises:
        NotFoundError: not found twice.
    """
    try:
        return act()
    except NotFoundError:
        current().sleep(_PAUSE)
        return act()


def refuse_another_account(session: Session, context_id: str, account: str, error: NotFoundError) -> None:
    """Take a not-found as proof that a context was deleted only under the account that created it.

    Raises:
        AnotherAccountError: the state was written under another account.
    """
    if account and account != session.contexts.account.fingerprint:
        raise messages.another_account(context_id, error.request_id) from error


def wait_usable(session: Session, context_id: str, inputs: ContextInputs) -> Context:
    """Wait while the context is being cleared or prepared: that it is busy is not drift."""
    return wait_ready(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)


def wait_for_running_clear(session: Session, context_id: str, inputs: ContextInputs) -> None:
    """Wait for a clear that is running; one that does not end in time does not stop a delete."""
    found = session.contexts.get(context_id=context_id).context
    if found is None or found.state != CLEARING:
        return
    try:
        wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)
    except WaitTimeoutError:
        session.progress(f"context {context_id} is still being cleared; deleting it anyway")
