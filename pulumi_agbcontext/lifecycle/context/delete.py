"""Delete operation for contexts, which first checks that the owner record names this resource."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.replica_lag import confirm_not_found, observe_all
from pulumi_agbcontext.client.api.waiting import wait_cleared, wait_deleted
from pulumi_agbcontext.errors import AGBError, NotFoundError, UnreachableError
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState, state_of
from pulumi_agbcontext.lifecycle.context.ownership import DeleteOwnership
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.files.readiness import wait_for_running_clear, wait_unused
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.messages.plan import deleting
from pulumi_agbcontext.redaction import printable


def delete(session: Session, resource: Resource | None, context_id: str, outputs: Properties) -> None:
    """Delete a context. If `clearBeforeDelete` is set, erase its data through the clear API first.

    Deleting a context that no longer exists succeeds. A context that belongs to another owner is not deleted; a
    warning is shown instead.

    Args:
        session: the session of the provider process.
        resource: the resource; None if the adapter cannot determine it.
        context_id: id of the context.
        outputs: the recorded outputs.

    Raises:
        OwnerRecordError: the owner record cannot be parsed.
        AnotherAccountError: the context was not found, but another account created it.
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`.
        ContextNotEmptyError: `forceDestroy` is false, and the context contains files that this resource did not seed.
        AGBError: the context could not be deleted, or still exists after `clearTimeout` seconds.
    """
    old = state_of({"name": "", **outputs})
    resource = resource or session.declared.holder(context_id)
    if session.declared.is_kept(context_id):
        session.declared.ended(context_id, old.name, old.region, left=True)
        return  # another resource of the program now manages it
    permission = _Permission(session, resource, context_id, old)
    left = False
    try:
        left = not confirm_not_found(lambda: erase(session, context_id, old, permission.check, permission.check_again))
    except NotFoundError as error:
        session.refuse_another_account(context_id, old.account, error)
    session.declared.ended(context_id, old.name, old.region, left=left)


class _Permission:
    """Decision on whether a context may be deleted, based on its owner record, its sessions and its files."""

    def __init__(self, session: Session, resource: Resource | None, context_id: str, old: ContextState) -> None:
        self._session, self._context_id, self._old = session, context_id, old
        self._ownership = DeleteOwnership(session, resource, context_id, old)
        self._announced = False

    def check(self) -> bool:
        """Return whether the context may be deleted. If so, show a warning.

        Raises:
            ContextInUseError: a session uses the context, and `whenInUse` is `fail`.
            ContextNotEmptyError: `forceDestroy` is false, and the context contains files that this resource did not
                seed.
        """
        if not self._ownership.permits():
            return False
        if self._old.when_in_use != "proceed":
            wait_unused(self._session, self._context_id, self._old)  # may take minutes, so check the owner again
            if not self._ownership.still_permits():
                return False
        refuse_unseeded(self._session, self._context_id, self._old, self._old)
        if not self._announced:  # a preview does not call the provider for a delete
            self._session.warn(deleting(printable(self._old.name), self._context_id))
            self._announced = True
        return True

    def check_again(self) -> bool:
        """Return whether the context may still be deleted after its clear, or when a request is retried."""
        if not self._ownership.still_permits():
            return False
        refuse_unseeded(self._session, self._context_id, self._old, self._old)
        return True


def refuse_unseeded(session: Session, context_id: str, inputs: ContextInputs, old: ContextState) -> None:
    """Raise an error if `forceDestroy` is false and the context contains files that this resource did not seed.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        inputs: the inputs that set `forceDestroy`.
        old: the recorded state.

    Raises:
        ContextNotEmptyError: the context contains such files.
    """
    if inputs.force_destroy:
        return
    paths = sorted(set(observe_all(session.contexts, context_id)) - set(old.seeded) - {OWNER_RECORD})
    if paths:
        raise messages.context_not_empty(printable(old.name), context_id, [printable(path) for path in paths])


def erase(
    session: Session,
    context_id: str,
    inputs: ContextInputs,
    permits: Callable[[], bool],
    still_permits: Callable[[], bool],
) -> bool:
    """Delete a context and wait until it no longer exists. Clear it first if the inputs require it.

    If a clear is already running, wait for it.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        inputs: the settings that decide whether to clear and how long to wait.
        permits: called immediately before anything is erased.
        still_permits: called after the clear, which may take minutes, and before each retry of a request.

    Returns:
        Whether the context was deleted; False if one of the callbacks did not permit it.
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
    except AGBError as failure:  # no adapter can record a partial delete
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
    """Clear a context through the clear API and wait until the clear has finished.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        inputs: the settings that decide how long to wait.
        permits: called immediately before the clear.
        still_permits: called before each retry of the request, when the outcome of the previous attempt is unknown.
        started: called as soon as the clear may have started, even if the response was lost.

    Returns:
        Whether the clear was permitted.

    Raises:
        ClearanceTimeoutError: the clear did not finish within `clearTimeout` seconds.
    """
    before = session.contexts.list_all_files(context_id)
    if not permits():
        return False
    try:
        session.contexts.erasures.clear(context_id, before_retry=lambda: _insist(still_permits))
    except _NotPermittedError:
        return False
    except UnreachableError:
        started()
        raise
    started()
    wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval, before=before)
    return True


class _NotPermittedError(Exception):
    """The context has changed owners since the previous attempt of a request."""


def _insist(permits: Callable[[], bool]) -> None:
    if not permits():
        raise _NotPermittedError


def _delete(session: Session, context_id: str, inputs: ContextInputs, still_permits: Callable[[], bool]) -> bool:
    try:
        session.contexts.erasures.delete(context_id, before_retry=lambda: _insist(still_permits))
    except _NotPermittedError:
        return False
    wait_deleted(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)
    return True
