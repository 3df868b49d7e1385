"""Create operation for contexts. The API's create may return an existing context, which is read before any change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.models import Context
from pulumi_agbcontext.client.api.replica_lag import observe_all
from pulumi_agbcontext.client.api.waiting import wait_name_free
from pulumi_agbcontext.client.http.deadline import apart
from pulumi_agbcontext.errors import (
    AGBError,
    ClearedMeanwhileError,
    ContextExistsError,
    ContextOwnedElsewhereError,
    NotFoundError,
    OwnerRecordError,
    UnreachableError,
)
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, claims_in, inputs_of, state_of
from pulumi_agbcontext.lifecycle.context.owner_record import OwnerFile, OwnerRecord, described, new_record
from pulumi_agbcontext.lifecycle.context.ownership import finish
from pulumi_agbcontext.lifecycle.context.undo import undo, undoing
from pulumi_agbcontext.lifecycle.context.update import outputs_of
from pulumi_agbcontext.lifecycle.files.apply import count_on_none, seed
from pulumi_agbcontext.lifecycle.files.change_record import ChangeRecord
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.files.readiness import wait_changeable, wait_usable
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import DEFAULT_REGION, Session
from pulumi_agbcontext.messages import causes

_SECONDS_TO_RESTORE = 1.0


def create(session: Session, resource: Resource, properties: Properties) -> tuple[str, dict[str, Any]]:
    """Create and seed a context, adopt an existing one, or resume an unfinished create of this resource.

    Args:
        session: the session of the provider process.
        resource: the resource.
        properties: checked inputs.

    Returns:
        The id of the context and the outputs. Source: GetContext with allowCreate, and the file operations.

    Raises:
        ContextExistsError: the name belongs to a context that this resource does not own.
        OwnerRecordError: `adopt` is set and the owner record cannot be parsed.
        ResourceInitFailedError: the create failed and its progress must be recorded. Raised only if the session records
            unfinished operations.
        IncompleteCreateError: the create failed and could not be rolled back safely.
        AGBError: the create failed, and the new context was deleted.
    """
    inputs = inputs_of(properties)
    region = inputs.region or session.declared.region(resource) or session.region or DEFAULT_REGION
    found = _find(session, inputs, region)
    if found is None:
        creation = _Creation(session, resource, inputs, _create(session, str(inputs.name), region), region)
        creation.keep(properties)
        creation.start()
    else:
        creation = _Creation(session, resource, inputs, found, region)
        creation.take(properties)
    return creation.context.id, creation.outputs()


def _find(session: Session, inputs: ContextInputs, region: str) -> Context | None:
    """Return the context with that name, if any. If it is being deleted, wait until its name is available."""
    try:
        found = _present(session.contexts.get(name=inputs.name, login_region_id=region).context)
    except NotFoundError:
        return None
    try:
        return _present(session.contexts.get(context_id=found.id).context)
    except NotFoundError:
        wait_name_free(session.contexts, str(inputs.name), region, inputs.clear_timeout, inputs.clear_poll_interval)
        return None


def _create(session: Session, name: str, region: str) -> Context:
    try:
        return _present(session.contexts.create(name, login_region_id=region).context)
    except UnreachableError as error:
        raise messages.unknown_create(name, error) from error


def _present(context: Context | None) -> Context:
    if context is None:
        raise messages.no_context_in_answer()
    return context


class _Creation:
    """A create operation on a context that already exists in the API.

    Attributes:
        context: the context as last read.
    """

    def __init__(
        self, session: Session, resource: Resource, inputs: ContextInputs, context: Context, region: str | None
    ) -> None:
        self._session, self._resource, self._inputs, self.context = session, resource, inputs, context
        self._region = region
        self._owner = OwnerFile(session, context.id, context.name) if inputs.owner_record else None
        self._mine = new_record(resource, "creating")
        self._record = ChangeRecord(state_of({**self.outputs(), "files": {}, "secretFiles": {}}), inputs.secret_files)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs of the finished create."""
        owner_id = self._mine.owner if self._owner else None
        return outputs_of(
            self._session, self._inputs, self.context, region=self._region, generation=1, owner_id=owner_id
        )

    def keep(self, properties: Properties) -> None:
        """Register the context and its files as belonging to this resource.

        Raises:
            ContextFileExistsError: they belong to another resource of the program.
        """
        if conflict := self._session.declared.keep(self._resource, claims_in(self.context.id, properties)):
            raise conflict.error()

    def start(self) -> None:
        """Claim and seed a context that was just created. Roll back the create if that fails."""
        with undoing(self._undo_unless_recorded(claimed=False)):
            self.context = wait_usable(self._session, self.context.id, self._inputs)
            # If a new context contains files, another program created it at the same time.
            if self._session.contexts.list_all_files(self.context.id):
                raise self._exists(self._read_leniently(), causes.ANOTHER_PROGRAM)
            self._claim(expected=None)
        with undoing(self._undo_unless_recorded(claimed=True)):
            self._seed_and_finish()

    def take(self, properties: Properties) -> None:
        """Resume an unfinished create, adopt the context if `adopt` is set, or raise an error.

        Raises:
            ContextExistsError: the context belongs to another owner, or contains files and has no owner.
        """
        found = self._read_for_takeover()
        resuming = found is not None and found.phase == "creating" and found.names(self._resource)
        if self._session.declared.was_left(self.context.id):
            raise messages.context_was_left(self.context.name, self.context.id, described(found))
        if not self._session.declared.may_take(self._resource, self.context.name, self.context.id, resuming):
            holder = self._session.declared.other_holder(self._resource, self.context.id)
            raise messages.context_to_be_replaced(self.context.name, self.context.id, self.context.created_at, holder)
        if not (resuming or self._inputs.adopt or (found is None and self._is_an_empty_leftover())):
            raise self._exists(found)
        self.keep(properties)
        if self._inputs.adopt and not resuming:
            self._adopt(found)
            return
        with undoing(lambda _failure: self._session.declared.release(self._resource)):
            self.context = wait_changeable(self._session, self.context.id, self._inputs)
            self._claim(found)
        with undoing(self._leave_to_the_next_update):
            self._seed_and_finish()

    def _adopt(self, found: OwnerRecord | None) -> None:
        """Adopt the context. The record is `ready` immediately: only `adopt` may resume an interrupted adoption."""
        self._region, self._mine = self._inputs.region, self._mine.in_phase("ready")
        with undoing(lambda failure: self._restore(failure, found)):
            self.context = wait_changeable(self._session, self.context.id, self._inputs)
            self._claim(found)
            self._seed_and_finish()
        if found is not None:
            self._session.warn(messages.taken_over(self.context.name, self.context.id, described(found)))

    def _read_for_takeover(self) -> OwnerRecord | None:
        """Return the owner record of an existing context, if any.

        Raises:
            OwnerRecordError: `adopt` is set and the record cannot be parsed.
            ContextExistsError: `adopt` is not set and the record cannot be parsed.
        """
        try:
            return self._owner.read() if self._owner else None
        except OwnerRecordError as error:
            if self._inputs.adopt:
                raise
            raise messages.unusable_record_exists(
                self.context.name, self.context.id, self.context.created_at, error.cause
            ) from error

    def _read_leniently(self) -> OwnerRecord | None:
        with suppress(AGBError):
            return self._owner.read() if self._owner else None
        return None

    def _is_an_empty_leftover(self) -> bool:
        """Return whether the context is left over from a create that was interrupted before its first write.

        Only a name that this provider derived identifies such a context. An empty context with an explicit name, or
        with a name from `pulumi:autonaming`, may belong to any program. The same applies to every context if owner
        records are disabled.
        """
        return (
            self._session.declared.has_derived_name(self._resource)
            and self._owner is not None
            and not observe_all(self._session.contexts, self.context.id)
        )

    def _claim(self, expected: OwnerRecord | None) -> None:
        if self._owner is None:
            return
        if not self._inputs.seeded and self._session.engine_lives():
            self._mine = self._mine.in_phase("ready")  # no work remains after the claim
        try:
            self._owner.claim(self._mine, expected)
        except ContextOwnedElsewhereError as error:
            raise self._taken_by(error) from error

    def _seed_and_finish(self) -> None:
        seed(self._session, self._resource, Location(self.context.id), self._record.files, self._inputs.seeded)
        if self._owner is None or not self._inputs.seeded:
            return
        try:
            finish(self._session, self._owner, self._mine)
        except ContextOwnedElsewhereError as error:
            raise self._taken_by(error) from error
        except ClearedMeanwhileError:
            count_on_none(self._record.files, list(self._record.files))
            raise

    def _undo_unless_recorded(self, *, claimed: bool) -> Callable[[Exception], None]:
        def handle(failure: Exception) -> None:
            if not isinstance(failure, ContextExistsError):
                if claimed:
                    self._report_unfinished(failure)
                if self._session.engine_lives() and (kept_because := self._undone()):
                    raise messages.incomplete_create(
                        self.context.name, self.context.id, failure, kept_because
                    ) from failure
            self._session.declared.release(self._resource)

        return handle

    def _undone(self) -> str:
        return undo(self._session, self._inputs, self.context.id, self._record, self._owner, self._mine)

    def _leave_to_the_next_update(self, failure: Exception) -> None:
        if not isinstance(failure, ContextExistsError):
            self._report_unfinished(failure)
        self._session.declared.release(self._resource)

    def _restore(self, failure: Exception, found: OwnerRecord | None) -> None:
        """Return an adopted context to its former owner. If it stayed in the state, destroy would delete it."""
        self._session.declared.release(self._resource)
        if self._owner is None or not self._session.engine_lives():
            return
        try:
            with apart(_SECONDS_TO_RESTORE):  # the deadline of a cancelled create has already passed
                self._owner.restore(found, self._mine)
        except AGBError:
            failure.args = (f"{failure} {causes.RECORD_NOT_RESTORED}",)

    def _report_unfinished(self, failure: Exception) -> None:
        if self._session.records_unfinished and isinstance(failure, AGBError):
            self._session.declared.release(self._resource)
            outputs = {**self._record.outputs(), "__unfinished": True}
            raise ResourceInitFailedError(self.context.id, outputs, str(failure)) from failure

    def _taken_by(self, error: ContextOwnedElsewhereError) -> ContextExistsError:
        return self._exists(owner=error.owner, cause=causes.ANOTHER_PROGRAM)

    def _exists(self, found: OwnerRecord | None = None, cause: str = "", owner: str = "") -> ContextExistsError:
        owner = owner or described(found)
        cause = cause or self._what_is_known(bool(owner))
        return messages.context_exists(
            self.context.name, self.context.id, self.context.created_at, owner=owner, cause=cause
        )

    def _what_is_known(self, is_owned: bool) -> str:
        files = {entry.file_path for entry in self._session.contexts.list_all_files(self.context.id)}
        empty = files <= {OWNER_RECORD}
        if is_owned or self._owner is None:
            return causes.EMPTY if empty else causes.HOLDS_FILES
        return causes.EMPTY_WITHOUT_OWNER if empty else causes.WITHOUT_OWNER
