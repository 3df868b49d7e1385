"""Waits for a context that is being cleared or prepared."""

from __future__ import annotations

from pulumi_agbcontext.client.api.models import CLEARING, Context
from pulumi_agbcontext.client.api.waiting import wait_cleared, wait_ready
from pulumi_agbcontext.errors import WaitTimeoutError
from pulumi_agbcontext.lifecycle.context.model import ContextInputs
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import progress


def wait_usable(session: Session, context_id: str, inputs: ContextInputs) -> Context:
    """Wait until the context is no longer being cleared or prepared, and return it. A busy context is not drift."""
    return wait_ready(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)


def wait_for_running_clear(session: Session, context_id: str, inputs: ContextInputs) -> None:
    """Wait for a running clear. A delete proceeds even if the clear does not finish in time."""
    found = session.contexts.get(context_id=context_id).context
    if found is None or found.state != CLEARING:
        return
    try:
        wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)
    except WaitTimeoutError:
        session.progress(progress.still_clearing(context_id))
