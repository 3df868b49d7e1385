"""Rollback of a failed create, performed only if it cannot delete another owner's data."""

from __future__ import annotations

from collections.abc import Callable

from pulumi_agbcontext.client.api.replica_lag import observe_all
from pulumi_agbcontext.errors import AGBError, NotFoundError
from pulumi_agbcontext.lifecycle.context.delete import erase
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState
from pulumi_agbcontext.lifecycle.context.owner_record import OwnerFile, OwnerRecord, described
from pulumi_agbcontext.lifecycle.files.change_record import ChangeRecord
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.files.sources import recorded
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.redaction import printable


def undo(
    session: Session,
    inputs: ContextInputs,
    context_id: str,
    record: ChangeRecord[ContextState],
    owner: OwnerFile | None,
    mine: OwnerRecord,
) -> str:
    """Delete the context of a failed create, unless it contains another owner's data.

    Args:
        session: the session of the provider process.
        inputs: checked inputs.
        context_id: id of the context.
        record: the progress of the create.
        owner: the owner record file; None if owner records are disabled.
        mine: the record that this create wrote.

    Returns:
        Why the context was kept, or an empty string if it was deleted.
    """
    found: OwnerRecord | None = None

    def is_still_mine() -> bool:
        nonlocal found
        found = None if owner is None else owner.read()
        return found is None or found.owner == mine.owner

    try:
        # Only acknowledged uploads belong to this create. A rejected upload may concern a file of another program.
        own = {path for path, entry in record.files.items() if _is_stored(entry)} | ({OWNER_RECORD} if owner else set())
        if foreign := sorted(set(observe_all(session.contexts, context_id)) - own):
            return causes.foreign_file(printable(foreign[0]))
        if not erase(session, context_id, inputs, is_still_mine, is_still_mine):
            return causes.taken_by(described(found))
    except NotFoundError:
        return ""
    except AGBError as failure:
        return causes.undo_failed(failure)
    return ""


class undoing:  # noqa: N801  # a context manager, used as a statement
    """Context manager that calls `undo` with the exception that ends the block, then re-raises the exception."""

    def __init__(self, undo: Callable[[Exception], None]) -> None:
        self._undo = undo

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, failure: BaseException | None, traceback: object) -> None:
        if isinstance(failure, Exception):
            self._undo(failure)


def _is_stored(entry: str) -> bool:
    file = recorded(entry)
    return file is not None and file.is_known
