"""What the owner record permits an update and a delete to do."""

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
from pulumi_agbcontext.lifecycle.context.readiness import wait_for_running_clear
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


class UpdateOwnership:
    """The owner record during one update: read first, written where it is missing, and read again before what erases.

    Attributes:
        owner_id: the id of this owner, as the state records it.
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
        """Read the record; nothing is changed before it says that the context is this resource's.

        Raises:
            ContextOwnedElsewhereError: it names another owner.
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
        """Write the record where it is missing, or where an imported context is taken over."""
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
        """Write the record after a clear, which has erased it.

        Raises:
            ContextOwnedElsewhereError: another owner has come meanwhile.
        """
        if self._mine is not None:
            self._file.claim(self._mine, self._mine)

    def confirm(self) -> bool:
        """Read the record once more, before something is erased or renamed.

        Raises:
            ContextOwnedElsewhereError: it names another owner.
            ClearedMeanwhileError: it was erased since the update began, and files with it.
            AGBError: the engine is gone: the next update may have begun, under the same id.
        """
        if not self._session.engine_lives():
            raise messages.engine_gone(self._old.name, self._context_id)
        if self._mine is not None:
            confirm(self._file, self._mine)
        return True

    def confirm_unless_erased(self) -> bool:
        """Read the record once more, before a clear whose outcome is unknown is repeated; it may have erased it.

        Raises:
            ContextOwnedElsewhereError: it names another owner.
            AGBError: the engine is gone.
        """
        if not self._session.engine_lives():
            raise messages.engine_gone(self._old.name, self._context_id)
        found = None if self._mine is None else self._file.read()
        if found is not None and self._mine is not None and found.owner != self._mine.owner:
            raise self._file.owned_elsewhere(found)
        return True

    def finish(self) -> None:
        """Read the record at the end, and mark an unfinished create as finished."""
        if self._mine is not None:
            finish(self._session, self._file, self._mine)


def finish(session: Session, owner: OwnerFile, mine: OwnerRecord) -> None:
    """Read the owner record at the end of a create or an update; a create in phase `creating` is marked as finished.

    It is not marked once the engine is gone: the next update may be continuing it.

    Raises:
        ContextOwnedElsewhereError: another owner has taken the context over meanwhile.
        ClearedMeanwhileError: the record was erased meanwhile, and files with it; it has been written again.
    """
    found = confirm(owner, mine)
    if found.phase == "creating" and session.engine_lives():
        owner.finish(mine)


def confirm(owner: OwnerFile, mine: OwnerRecord) -> OwnerRecord:
    """Read the owner record and return it; one that was erased is written again, and the operation has to be repeated.

    Raises:
        ContextOwnedElsewhereError: it names another owner.
        ClearedMeanwhileError: it was erased.
    """
    found = owner.read()
    if found is None:
        owner.claim(mine, expected=None)
        raise owner.cleared_meanwhile()
    if found.owner != mine.owner:
        raise owner.owned_elsewhere(found)
    return found


class DeleteOwnership:
    """Judges from the owner record whether a context is this resource's to delete; warns where it is not."""

    def __init__(self, session: Session, resource: Resource | None, context_id: str, old: ContextState) -> None:
        self._session, self._resource, self._context_id, self._old = session, resource, context_id, old
        self._owner = OwnerFile(session, context_id, old.name) if old.owner_record else None
        self._accepted: str | None = None

    def permits(self) -> bool:
        """Read the record; one that is missing is waited for.

        Raises:
            ContextOwnedElsewhereError: the state is of 0.1, and the adapter cannot tell whether the record is its own.
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
