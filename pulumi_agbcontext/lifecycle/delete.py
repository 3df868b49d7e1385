"""Delete a context, if the owner record says that it is this resource's."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.models import Context
from pulumi_agbcontext.client.waiters import CLEARING, wait_cleared, wait_gone
from pulumi_agbcontext.errors import AGBError, NotFoundError, UnreachableError, WaitTimeoutError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.confirm import confirm_not_found, refuse_another_account
from pulumi_agbcontext.lifecycle.declared import Resource
from pulumi_agbcontext.lifecycle.inputs import ContextInputs, ContextState, Properties, state_of
from pulumi_agbcontext.lifecycle.owner_record import IMPORTED, OwnerFile, OwnerRecord, described
from pulumi_agbcontext.messages import reasons


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
    if session.declared.is_kept(context_id):
        session.declared.ended(context_id, old.name, old.region, left=True)
        return  # another resource of the program goes on with it
    ownership = _Ownership(session, resource, context_id, old)
    left = False
    try:
        left = not confirm_not_found(
            lambda: erase(session, context_id, old, ownership.permits, ownership.still_permits)
        )
    except NotFoundError as error:
        refuse_another_account(session, context_id, old.account, error)
    session.declared.ended(context_id, old.name, old.region, left=left)


class _Ownership:
    """Judges from the owner record whether a context is this resource's to delete; warns where it is not."""

    def __init__(self, session: Session, resource: Resource | None, context_id: str, old: ContextState) -> None:
        self._session, self._resource, self._context_id, self._old = session, resource, context_id, old
        self._owner = OwnerFile(session, context_id, old.name) if old.owner_record else None
        self._accepted: str | None = None

    def permits(self) -> bool:
        """Read the record; one that is missing is waited for."""
        if self._owner is None:
            return True
        found = self._owner.read()
        if found is None:
            _wait_for_running_clear(self._session, self._context_id, self._old)
            found = self._owner.read_again_where_missing()
        if found is None:
            return True
        self._accepted = self._old.owner_id
        if self._old.owner_id == IMPORTED:
            owner = described(found)
            self._session.warn(messages.taken_over(self._old.name, self._context_id, owner))
            self._accepted = found.owner
        elif self._old.owner_id is None and self._resource is not None and found.names(self._resource):
            self._accepted = found.owner  # an update of a state of 0.1 wrote it, and could not record its id
        return self._accepts(found)

    def still_permits(self) -> bool:
        """Read the record once more, after a clear, which has erased it."""
        found = None if self._owner is None else self._owner.read()
        return found is None or self._accepts(found)

    def _accepts(self, record: OwnerRecord) -> bool:
        if record.owner == self._accepted:
            return True
        self._session.warn(messages.left_to_its_owner(self._old.name, self._context_id, described(record)))
        return False


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
        still_permits: asked once more after a clear, which takes its time.

    Returns:
        Whether it was deleted.
    """
    _wait_for_running_clear(session, context_id, inputs)
    if not inputs.clear_before_delete:
        return permits() and _delete(session, context_id, inputs)
    cleared = False

    def started() -> None:
        nonlocal cleared
        cleared = True

    try:
        return (
            clear(session, context_id, inputs, permits, started)
            and still_permits()
            and _delete(session, context_id, inputs)
        )
    except AGBError as failure:  # no adapter can record half a delete
        if cleared:
            failure.args = (f"{failure} {reasons.MAY_BE_ERASED}",)
        raise


def clear(
    session: Session,
    context_id: str,
    inputs: ContextInputs,
    permits: Callable[[], bool],
    started: Callable[[], None],
) -> bool:
    """Clear a context through the clear API and wait until that has ended.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        inputs: say how long to wait.
        permits: asked immediately before the clear.
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
        session.contexts.clear_async(context_id)
    except UnreachableError:
        started()
        raise
    started()
    wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval, before=before)
    return True


def _delete(session: Session, context_id: str, inputs: ContextInputs) -> bool:
    session.contexts.delete(Context(id=context_id, name=""))
    wait_gone(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)
    return True


def _wait_for_running_clear(session: Session, context_id: str, inputs: ContextInputs) -> None:
    """Wait for a clear that is running; one that does not end in time does not stop a delete."""
    found = session.contexts.get(context_id=context_id).context
    if found is None or found.state != CLEARING:
        return
    try:
        wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)
    except WaitTimeoutError:
        session.progress(f"context {context_id} is still being cleared; deleting it anyway")
