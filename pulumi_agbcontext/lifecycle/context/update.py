"""Update operation for contexts: renames, clears in place, uploads and deletes files. Ownership is confirmed first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.models import Context
from pulumi_agbcontext.errors import AGBError, ClearedMeanwhileError, NotFoundError
from pulumi_agbcontext.lifecycle.context.clear_triggers import triggered
from pulumi_agbcontext.lifecycle.context.delete import clear, refuse_unseeded
from pulumi_agbcontext.lifecycle.context.diff import diff
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState, claims_in, inputs_of, state_of
from pulumi_agbcontext.lifecycle.context.owner_record import IMPORTED
from pulumi_agbcontext.lifecycle.context.ownership import UpdateOwnership
from pulumi_agbcontext.lifecycle.files.apply import count_on_none, recorded_files, seed
from pulumi_agbcontext.lifecycle.files.change_record import ChangeRecord, counted
from pulumi_agbcontext.lifecycle.files.existing import already_stored
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.plan import plan_files
from pulumi_agbcontext.lifecycle.files.readiness import wait_changeable
from pulumi_agbcontext.lifecycle.files.unmanaged import Unmanaged, delete_unmanaged, recorded_unmanaged
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages.plan import clearing
from pulumi_agbcontext.redaction import printable


def update(
    session: Session, resource: Resource, context_id: str, outputs: Properties, properties: Properties
) -> dict[str, Any]:
    """Rename a context, clear it in place, upload changed files and delete files that were removed from the inputs.

    Args:
        session: the session of the provider process.
        resource: the resource.
        context_id: id of the context.
        outputs: the recorded outputs.
        properties: checked inputs.

    Returns:
        The new outputs. Source: ModifyContext, ClearContext and the file operations.

    Raises:
        ContextOwnedElsewhereError: the context belongs to another owner; nothing was changed.
        OwnerRecordError: the owner record cannot be parsed; nothing was changed.
        ContextFileExistsError: a file that is new to `files` exists with different content; nothing was changed.
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`; nothing was changed.
        ContextNotEmptyError: `forceDestroy` is false, and a clear would erase files that this resource did not seed;
            nothing was changed.
        ContextDeletedError: the context was deleted outside this stack.
        ResourceInitFailedError: the update failed and its progress must be recorded. Raised only if the session records
            unfinished operations.
        AGBError: the update failed; the next update continues from the current state of the context.
    """
    old, inputs = state_of(outputs), inputs_of(properties)
    if conflict := session.declared.keep(resource, claims_in(context_id, properties)):
        raise conflict.error()
    change = _Change(session, resource, context_id, old, inputs)
    # An update without differences follows an update that failed early, so the recorded state may be inaccurate.
    touched = change.needed or not diff(outputs, properties, session.run).changes
    if touched:
        change.apply()
    record = change.record.state
    return outputs_of(
        session,
        inputs,
        Context(id=context_id, name=str(inputs.name), created_at=old.created_at),
        account=session.contexts.account.fingerprint if touched else old.account,
        region=inputs.region or old.region,
        generation=record.generation,
        owner_id=record.owner_id,
        unmanaged_files=change.unmanaged_kept,
    )


class _Change:
    """An update of a context, and the record of its progress."""

    def __init__(
        self, session: Session, resource: Resource, context_id: str, old: ContextState, inputs: ContextInputs
    ) -> None:
        self._session, self._resource, self._context_id = session, resource, context_id
        self._location = Location(context_id)
        self._old, self._inputs = old, inputs
        self._clears = inputs.clear_in_place and triggered(old.clear_triggers, inputs.clear_triggers)
        self._plan = plan_files({} if self._clears else old.seeded, inputs.seeded)
        nothing = Unmanaged({}, {})
        self._unmanaged = nothing if self._clears else recorded_unmanaged(old, inputs.on_wire(), session.run)
        self.record = ChangeRecord(old, inputs.secret_files)

    @property
    def needed(self) -> bool:
        """Return whether the update sends requests. Changes to settings alone are recorded without requests."""
        old, inputs = self._old, self._inputs
        unowned = inputs.owner_record and (not old.owner_record or old.owner_id in (None, IMPORTED) or old.unfinished)
        files = self._plan.upload or self._plan.delete or self._unmanaged.to_delete
        return bool(inputs.name != old.name or self._clears or files or unowned)

    @property
    def unmanaged_kept(self) -> dict[str, str] | None:
        """Return the unmanaged files to record after the update: those that this run recorded."""
        return self._unmanaged.kept or None

    def apply(self) -> None:
        """Carry out the update."""
        if self._clears:
            recorded_files(self._inputs.seeded)  # raises before the clear if the files cannot be seeded again
        ownership = UpdateOwnership(self._session, self._resource, self._context_id, self._old, self._inputs)
        with self._explaining_not_found():
            # Wait first, because a clear that is still running erases the owner record.
            context = wait_changeable(self._session, self._context_id, self._inputs)
            ownership.check()
            if self._clears:
                refuse_unseeded(self._session, self._context_id, self._inputs, self._old)
            stored = self._already_stored()  # before an imported context is taken over
            ownership.establish()
            self.record.note(owner_id=ownership.owner_id)
            try:
                self._carry_out(ownership, context, stored)
            except AGBError as failure:
                if isinstance(failure, ClearedMeanwhileError):
                    count_on_none(self.record.files, list(self.record.files))
                if self._session.records_unfinished and not isinstance(failure, NotFoundError):
                    raise ResourceInitFailedError(self._context_id, self.record.outputs(), str(failure)) from failure
                raise

    @contextmanager
    def _explaining_not_found(self) -> Iterator[None]:
        try:
            yield
        except NotFoundError as error:
            self._session.refuse_another_account(self._context_id, self._old.account, error)
            raise messages.context_deleted(self._context_id, error.request_id) from error

    def _already_stored(self) -> list[str]:
        if self._clears or self._inputs.overwrite_files:
            return []
        return already_stored(self._session, self._location, self._plan.added, self._inputs.seeded)

    def _carry_out(self, ownership: UpdateOwnership, context: Context, stored: list[str]) -> None:
        session, context_id, inputs, name = self._session, self._context_id, self._inputs, str(self._inputs.name)
        if context.name != name:
            ownership.confirm()
            session.contexts.update(Context(id=context_id, name=name))
        self.record.note(name=name)
        self.record.files |= {path: inputs.seeded[path] for path in stored}
        if self._clears:
            self._clear(ownership)
        seed(session, self._resource, self._location, self.record.files, inputs.seeded, ownership.confirm)
        if doomed := self._unmanaged.to_delete:
            ownership.confirm()
            delete_unmanaged(session, self._resource, self._location, doomed)
        self.record.note(unmanaged_files=self.unmanaged_kept)
        ownership.finish()
        self.record.note(unfinished=None)

    def _clear(self, ownership: UpdateOwnership) -> None:
        count_on_none(self.record.files, list(self.record.files))  # before the clear: its response may be lost
        self._session.warn(clearing(printable(str(self._inputs.name)), self._context_id, len(self._inputs.seeded)))
        grown = self._old.generation + 1
        clear(
            self._session,
            self._context_id,
            self._inputs,
            permits=ownership.confirm,
            still_permits=ownership.confirm_unless_erased,
            started=lambda: self.record.note(generation=grown),
        )
        self.record.files.clear()
        self.record.note(clear_triggers=self._inputs.clear_triggers)
        ownership.establish_again()


def outputs_of(
    session: Session,
    inputs: ContextInputs,
    context: Context,
    *,
    region: str | None,
    generation: int,
    owner_id: str | None,
    account: str | None = None,
    unmanaged_files: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the outputs to record for a context.

    Args:
        session: the session of the provider process.
        inputs: checked inputs.
        context: the context as last read.
        region: login region; None if unknown.
        generation: number of clears in place, plus one.
        owner_id: id in the owner record; None without an owner record.
        account: fingerprint of the account; None for the account of the session.
        unmanaged_files: unmanaged files to record; None if there are none.
    """
    made: Mapping[str, Any] = {
        "name": inputs.name or context.name,
        "region": region,
        "generation": generation,
        "created_at": context.created_at,
        "account": session.contexts.account.fingerprint if account is None else account,
        "owner_id": owner_id,
        "unmanaged_files": unmanaged_files,
    }
    return counted(ContextState(**{**inputs.model_dump(), **made})).on_wire()
