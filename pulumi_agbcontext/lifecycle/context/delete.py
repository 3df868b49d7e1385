"""Delete a context, if the owner record says that it is this resource's."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_agbcontext.client.api.replica_lag import confirm_not_found
from pulumi_agbcontext.client.api.waiting import wait_cleared, wait_gone
from pulumi_agbcontext.errors import AGBError, NotFoundError, UnreachableError
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, state_of
from pulumi_agbcontext.lifecycle.context.ownership import DeleteOwnership
from pulumi_agbcontext.lifecycle.context.readiness import wait_for_running_clear
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import causes


def delete(session: Session, resource: Resource | None, context_id: str, outputs: Properties) -> None:
    """Delete a context, its data first through the clear API where `clearBeforeDelete` says so.

    A context that was deleted already is a success. One that belongs to another owner is left as it is, with a warning.

    Args:
        session: the API and what the process shares.
        resource: the resource; None where the adapter cannot tell.
        context_id: the API's id.
        outputs: the recorded outputs.

    Raises:
        OwnerRecordError: the owner record cannot be understood.
        AnotherAccountError: not found, but under another account than the one that created it.
        AGBError: it could not be deleted, or still existed after `clearTimeout`.
    """
    old = state_of({"name": "", **outputs})
    resource = resource or session.declared.holder(context_id)
    if session.declared.is_kept(context_id):
        session.declared.ended(context_id, old.name, old.region, left=True)
        return  # another resource of the program goes on with it
    ownership = DeleteOwnership(session, resource, context_id, old)
    left = False
    try:
        left = not confirm_not_found(
            lambda: erase(session, context_id, old, ownership.permits, ownership.still_permits)
        )
    except NotFoundError as error:
        session.refuse_another_account(context_id, old.account, error)
    session.declared.ended(context_id, old.name, old.region, left=left)


def erase(
    session: Session,
    context_id: str,
    inputs: ContextInputs,
    permits: Callable[[], bool],
    still_permits: Callable[[], bool],
) -> bool:
    """Wait for a running clear, clear where the inputs say so, delete, and wait until the context is deleted.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        inputs: say whether to clear, and how long to wait.
        permits: asked immediately before anything is erased.
        still_permits: asked again after a clear, which takes its time, and before each repeat of a request.

    Returns:
        Whether it was deleted.
    """
    wait_for_running_clear(session, context_id, inputs)
    if not inputs.clear_before_delete:
        return permits() and _delete(session, context_id, inputs, still_permits)
    cleared: list[bool] = []
    try:
        return (
            clear(session, context_id, inputs, permits, still_permits, lambda: cleared.append(True))
            and still_permits()
            and _delete(session, context_id, inputs, still_permits)
        )
    except AGBError as failure:  # no adapter can record half a delete
        if cleared:
            failure.args = (f"{failure} {causes.MAY_BE_ERASED}",)
        raise


def clear(
    session: Session,
    context_id: str,
    inputs: ContextInputs,
    permits: Callable[[], bool],
    still_permits: Callable[[], bool],
    started: Callable[[], object],
) -> bool:
    """Clear a context through the clear API and wait until that has ended.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        inputs: say how long to wait.
        permits: asked immediately before the clear.
        still_permits: asked before each repeat of the request, whose outcome is unknown then.
        started: called as soon as the clear may have begun, also where its answer was lost.

    Returns:
        Whether it was permitted.

    Raises:
        ClearanceTimeoutError: the clear did not end within `clearTimeout`.
    """
    before = session.contexts.list_all_files(context_id)
    if not permits():
        return False
    try:
        session.contexts.erasures.clear(context_id, before_repeat=lambda: _insist(still_permits))
    except _NotPermittedError:
        return False
    except UnreachableError:
        started()
        raise
    started()
    wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval, before=before)
    return True


class _NotPermittedError(Exception):
    """The context became another owner's before a request was repeated."""


def _insist(permits: Callable[[], bool]) -> None:
    if not permits():
        raise _NotPermittedError


def _delete(session: Session, context_id: str, inputs: ContextInputs, still_permits: Callable[[], bool]) -> bool:
    try:
        session.contexts.erasures.delete(context_id, before_repeat=lambda: _insist(still_permits))
    except _NotPermittedError:
        return False
    wait_gone(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)
    return True
