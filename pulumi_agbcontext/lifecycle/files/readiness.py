"""Functions that wait while a context is being cleared or prepared, or while a session uses it."""

from __future__ import annotations

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.models import CLEARING, IN_USE, Context
from pulumi_agbcontext.client.api.waiting import wait_cleared, wait_ready
from pulumi_agbcontext.errors import WaitTimeoutError
from pulumi_agbcontext.lifecycle.files.model import WaitSettings
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import progress


def wait_usable(session: Session, context_id: str, settings: WaitSettings) -> Context:
    """Wait until the context is no longer being cleared or prepared, and return it. Neither state is drift."""
    return wait_ready(session.contexts, context_id, settings.clear_timeout, settings.clear_poll_interval)


def wait_changeable(session: Session, context_id: str, settings: WaitSettings) -> Context:
    """Wait until the context may be changed, and return it.

    Raises:
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`.
        WaitTimeoutError: the context was not usable within `clearTimeout` seconds, or still in use if `whenInUse` is
            `wait`.
    """
    return _unused(session, wait_usable(session, context_id, settings), settings)


def wait_unused(session: Session, context_id: str, settings: WaitSettings) -> None:
    """Wait before a delete until no session uses the context. A delete does not require a usable context.

    Raises:
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`.
        WaitTimeoutError: the context was still in use after `clearTimeout` seconds, if `whenInUse` is `wait`.
    """
    found = session.contexts.get(context_id=context_id).context
    if found is not None:
        _unused(session, found, settings)


def _unused(session: Session, context: Context, settings: WaitSettings) -> Context:
    if context.state != IN_USE or settings.when_in_use == "proceed":
        return context
    if settings.when_in_use == "fail":
        raise messages.context_in_use(context.id)
    session.progress(progress.waiting_for_sessions(context.id))
    timeout, poll_interval = settings.clear_timeout, settings.clear_poll_interval
    return wait_ready(session.contexts, context.id, timeout, poll_interval, unused=True)


def wait_for_running_clear(session: Session, context_id: str, settings: WaitSettings) -> None:
    """Wait for a running clear. A delete proceeds even if the clear does not finish in time."""
    found = session.contexts.get(context_id=context_id).context
    if found is None or found.state != CLEARING:
        return
    try:
        wait_cleared(session.contexts, context_id, settings.clear_timeout, settings.clear_poll_interval)
    except WaitTimeoutError:
        session.progress(progress.still_clearing(context_id))
