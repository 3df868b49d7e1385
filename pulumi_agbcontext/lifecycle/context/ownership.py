"""Ownership checks of updates and deletes."""

from __future__ import annotations

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState
from pulumi_agbcontext.lifecycle.context.owner_record import (
    IMPORTED,
    OwnerFile,
    OwnerRecord,
    Phase,
    described,
    new_record,
)
from pulumi_agbcontext.lifecycle.files.readiness import wait_for_running_clear
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


class UpdateOwnership:
    """Owner record during one update.

    The record is read first, written if it is missing, and read again before anything is erased.

    Attributes:
        owner_id: the owner id to record in the state.
    """

    def __init__(
        self, session: Session, resource: Resource, context_id: str, old: ContextState, inputs: ContextInputs
    ) -> None:
        self._session, self._resource, self._context_id = session, resource, context_id
        self._old, self._inputs = old, inputs
        self._file = OwnerFile(session, context_id, old.name)
        self._found: OwnerRecord | None = None
        self._mine: OwnerRecord | None = None
        self.owner_id = old.owner_id

    def check(self) -> None:
        """Read the record and verify that this resource owns the context, before anything is changed.

        Raises:
            ContextOwnedElsewhereError: the record names another owner.
        """
        if not self._inputs.owner_record:
            return
        old = self._old
        self._found = found = self._file.read() or self._file.read_again_where_missing()
        if found is None or old.owner_id == IMPORTED:
            return
        if found.owner != old.owner_id and not (old.owner_id is None and found.names(self._resource)):
            raise self._file.owned_elsewhere(found)
        self._mine, self.owner_id = found, found.owner

    def establish(self) -> None:
        """Write the record if it is missing, or claim an imported context."""
        if self._mine is not None or not self._inputs.owner_record:
            return
        kept = "" if self._old.owner_id in (None, IMPORTED) else str(self._old.owner_id)
        phase: Phase = "ready" if self._session.engine_lives() else "creating"
        mine = new_record(self._resource, phase, kept)
        self._file.claim(mine, self._found)
        if self._found is not None:
            self._session.warn(messages.taken_over(self._old.name, self._context_id, described(self._found)))
        self._mine, self.owner_id = mine, mine.owner

    def establish_again(self) -> None:
        """Write the record again after a clear, which erases it.

        Raises:
            ContextOwnedElsewhereError: another owner has claimed the context since the clear.
        """
        if self._mine is not None:
            self._file.claim(self._mine, self._mine)

    def confirm(self) -> bool:
        """Read the record again before anything is erased or renamed.

        Raises:
            ContextOwnedElsewhereError: the record names another owner.
            ClearedMeanwhileError: the record and files were erased since the update started.
            AGBError: the engine has exited, so the next update may already be running under the same owner id.
        """
        if not self._session.engine_lives():
            raise messages.engine_exited(self._old.name, self._context_id)
        if self._mine is not None:
            confirm(self._file, self._mine)
        return True

    def confirm_unless_erased(self) -> bool:
        """Read the record again, before a clear whose outcome is unknown is retried.

        A missing record is accepted, because the previous attempt may have erased it.

        Raises:
            ContextOwnedElsewhereError: the record names another owner.
            AGBError: the engine has exited.
        """
        if not self._session.engine_lives():
            raise messages.engine_exited(self._old.name, self._context_id)
        found = None if self._mine is None else self._file.read()
        if found is not None and self._mine is not None and found.owner != self._mine.owner:
            raise self._file.owned_elsewhere(found)
        return True

    def finish(self) -> None:
        """Read the record at the end of the update, and mark an unfinished create as finished."""
        if self._mine is not None:
            finish(self._session, self._file, self._mine)


def finish(session: Session, owner: OwnerFile, mine: OwnerRecord) -> None:
    """Read the owner record at the end of a create or an update, and mark a create in phase `creating` as finished.

    The create is not marked if the engine has exited, because the next update may already be resuming it.

    Raises:
        ContextOwnedElsewhereError: another owner has claimed the context.
        ClearedMeanwhileError: the record and files were erased during the operation. The record is written again.
    """
    found = confirm(owner, mine)
    if found.phase == "creating" and session.engine_lives():
        owner.finish(mine)


def confirm(owner: OwnerFile, mine: OwnerRecord) -> OwnerRecord:
    """Return the owner record after verifying that it names this owner.

    Raises:
        ContextOwnedElsewhereError: the record names another owner.
        ClearedMeanwhileError: the record was erased. It is written again, and the caller must rerun the operation.
    """
    found = owner.read()
    if found is None:
        owner.claim(mine, expected=None)
        raise owner.cleared_meanwhile()
    if found.owner != mine.owner:
        raise owner.owned_elsewhere(found)
    return found


class DeleteOwnership:
    """Decision on whether this resource may delete a context, based on the owner record. Shows a warning if not."""

    def __init__(self, session: Session, resource: Resource | None, context_id: str, old: ContextState) -> None:
        self._session, self._resource, self._context_id, self._old = session, resource, context_id, old
        self._owner = OwnerFile(session, context_id, old.name) if old.owner_record else None
        self._accepted: str | None = None

    def permits(self) -> bool:
        """Return whether the record permits the delete. A missing record is read again to confirm that it is missing.

        Raises:
            ContextOwnedElsewhereError: release 0.1 wrote the state, and the adapter cannot determine whether the record
                names this resource.
        """
        if self._owner is None:
            return True
        found = self._owner.read()
        if found is None:
            wait_for_running_clear(self._session, self._context_id, self._old)
            found = self._owner.read_again_where_missing()
        if found is None:
            return True
        self._accepted = self._old.owner_id
        if self._old.owner_id == IMPORTED:
            owner = described(found)
            self._session.warn(messages.taken_over(self._old.name, self._context_id, owner))
            self._accepted = found.owner
        elif self._old.owner_id is None:
            if self._resource is None:
                raise self._owner.not_known_to_be_ours(found)
            if found.names(self._resource):
                self._accepted = found.owner  # an update of a 0.1 state wrote the record but could not record its id
        return self._accepts(found)

    def still_permits(self) -> bool:
        """Return whether the record still permits the delete. It may be missing, because a clear erases it."""
        found = None if self._owner is None else self._owner.read()
        return found is None or self._accepts(found)

    def _accepts(self, record: OwnerRecord) -> bool:
        if record.owner == self._accepted:
            return True
        self._session.warn(messages.left_to_its_owner(self._old.name, self._context_id, described(record)))
        return False
