"""Update of a context: rename, clear in place, upload and delete files. Ownership is confirmed first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.models import Context
from pulumi_agbcontext.errors import AGBError, ClearedMeanwhileError, NotFoundError
from pulumi_agbcontext.lifecycle.context.change_record import ChangeRecord, counted
from pulumi_agbcontext.lifecycle.context.clear_triggers import triggered
from pulumi_agbcontext.lifecycle.context.delete import clear
from pulumi_agbcontext.lifecycle.context.diff import diff
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState, inputs_of, known_ids, state_of
from pulumi_agbcontext.lifecycle.context.owner_record import IMPORTED
from pulumi_agbcontext.lifecycle.context.ownership import UpdateOwnership
from pulumi_agbcontext.lifecycle.context.readiness import wait_usable
from pulumi_agbcontext.lifecycle.files.apply import count_on_none, recorded_files, seed
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.files.plan import plan_files
from pulumi_agbcontext.lifecycle.files.sources import recorded
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
        ContextGoneError: the context was deleted outside this stack.
        ResourceInitFailedError: the update failed and its progress is to be recorded. Raised only if the session
            records unfinished operations.
        AGBError: the update failed; the next update continues from the current state of the context.
    """
    old, inputs = state_of(outputs), inputs_of(properties)
    if other := session.declared.keep(resource, known_ids(context_id, properties)):
        holder = session.declared.other_holder(resource, other)
        raise messages.two_owners(context_id, other.removeprefix(context_id), holder)
    change = _Change(session, resource, context_id, old, inputs)
    # An update without differences follows an update that failed early, so the recorded state may be inaccurate.
    touched = change.needed or not diff(outputs, properties).changes
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
    )


class _Change:
    """One update of one context, and the record of its progress."""

    def __init__(
        self, session: Session, resource: Resource, context_id: str, old: ContextState, inputs: ContextInputs
    ) -> None:
        self._session, self._resource, self._context_id = session, resource, context_id
        self._old, self._inputs = old, inputs
        self._clears = inputs.clear_in_place and triggered(old.clear_triggers, inputs.clear_triggers)
        self._plan = plan_files({} if self._clears else old.seeded, inputs.seeded)
        self.record = ChangeRecord(old, inputs.secret_files)

    @property
    def needed(self) -> bool:
        """Return whether the update sends requests. A change of settings alone is only recorded."""
        old, inputs = self._old, self._inputs
        unowned = inputs.owner_record and (not old.owner_record or old.owner_id in (None, IMPORTED) or old.unfinished)
        return bool(inputs.name != old.name or self._clears or self._plan.upload or self._plan.delete or unowned)

    def apply(self) -> None:
        """Carry out the update."""
        if self._clears:
            recorded_files(self._inputs.seeded)  # raises before the clear if the files cannot be seeded again
        ownership = UpdateOwnership(self._session, self._resource, self._context_id, self._old, self._inputs)
        with self._explaining_not_found():
            # Wait first, because a clear that is still running erases the owner record.
            context = wait_usable(self._session, self._context_id, self._inputs)
            ownership.check()
            stored = self._already_stored()  # before an imported context is taken over
            ownership.establish()
            self._note(owner_id=ownership.owner_id)
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
        """Return the new files that already exist with identical content, for example after a failed update.

        Raises:
            ContextFileExistsError: a file exists with different content, so it may belong to another owner.
        """
        new = self._plan.added
        if not new or self._clears or self._inputs.overwrite_files:
            return []
        listed = {entry.file_path: entry.size for entry in self._session.contexts.list_all_files(self._context_id)}
        wanted = {path: file for path in new if (file := recorded(self._inputs.seeded[path]))}
        candidates = [path for path in new if path in listed and listed[path] in (None, wanted[path].size)]
        found = digests(self._session, self._context_id, candidates)
        same = [path for path in candidates if found[path] == (wanted[path].size, wanted[path].sha256)]
        gone = {path for path in candidates if found[path] is None}
        if foreign := sorted(path for path in new if path in listed and path not in gone and path not in same):
            raise messages.foreign_files(self._context_id, [printable(path) for path in foreign])
        return same

    def _carry_out(self, ownership: UpdateOwnership, context: Context, stored: list[str]) -> None:
        session, context_id, inputs, name = self._session, self._context_id, self._inputs, str(self._inputs.name)
        if context.name != name:
            ownership.confirm()
            session.contexts.update(Context(id=context_id, name=name))
        self._note(name=name)
        self.record.files |= {path: inputs.seeded[path] for path in stored}
        if self._clears:
            self._clear(ownership)
        seed(session, self._resource, context_id, self.record.files, inputs.seeded, ownership.confirm)
        ownership.finish()
        self._note(unfinished=None)

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
            started=lambda: self._note(generation=grown),
        )
        self.record.files.clear()
        self._note(clear_triggers=self._inputs.clear_triggers)
        ownership.establish_again()

    def _note(self, **changes: Any) -> None:
        self.record.state = self.record.state.model_copy(update=changes)


def outputs_of(
    session: Session,
    inputs: ContextInputs,
    context: Context,
    *,
    region: str | None,
    generation: int,
    owner_id: str | None,
    account: str | None = None,
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
    """
    made: Mapping[str, Any] = {
        "name": inputs.name or context.name,
        "region": region,
        "generation": generation,
        "created_at": context.created_at,
        "account": session.contexts.account.fingerprint if account is None else account,
        "owner_id": owner_id,
    }
    return counted(ContextState(**{**inputs.model_dump(), **made})).on_wire()
