"""Create and update operations for directories: upload changed files, and delete files removed from the inputs."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.errors import AGBError, NotFoundError
from pulumi_agbcontext.lifecycle.context_directory.model import (
    CheckedDirectory,
    ContextDirectoryState,
    claims_in,
    directory_id,
    inputs_of,
    location_of,
    state_of,
)
from pulumi_agbcontext.lifecycle.files.apply import count_on_none, seed
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
from pulumi_agbcontext.redaction import printable


def create(session: Session, resource: Resource, properties: Properties) -> tuple[str, dict[str, Any]]:
    """Upload the files of a new directory.

    Args:
        session: the session of the provider process.
        resource: the resource.
        properties: checked inputs.

    Returns:
        The id of the directory and the outputs. Source: the file operations.

    Raises:
        ContextFileExistsError: a file already exists with different content, or belongs to another resource of this
            program; nothing was changed.
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`; nothing was changed.
        ResourceInitFailedError: the create failed and its progress must be recorded. Raised only if the session records
            unfinished operations.
        AGBError: the create failed. Files that were uploaded remain; the next create recognizes them by their content.
    """
    inputs = inputs_of(properties)
    location = location_of(inputs)
    wait_changeable(session, location.context_id, inputs)
    _refuse_held(session, resource, location, inputs)
    _keep(session, resource, properties)
    old = ContextDirectoryState(**{**inputs.model_dump(), "files": {}, "secret_files": {}})
    try:
        _Change(session, resource, location, old, inputs).apply()
    except Exception:
        session.declared.release(resource)
        raise
    return directory_id(location), _outputs(session, inputs)


def update(
    session: Session, resource: Resource, resource_id: str, outputs: Properties, properties: Properties
) -> dict[str, Any]:
    """Upload changed files, and delete files that were removed from the inputs.

    All files are uploaded again if the context has been cleared since the last upload.

    Args:
        session: the session of the provider process.
        resource: the resource.
        resource_id: id of the directory.
        outputs: the recorded outputs.
        properties: checked inputs.

    Returns:
        The new outputs. Source: the file operations.

    Raises:
        ContextFileExistsError: a file that is new to `files` exists with different content; nothing was changed.
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`; nothing was changed.
        ContextDeletedError: the context was deleted outside this stack.
        ResourceInitFailedError: the update failed and its progress must be recorded. Raised only if the session records
            unfinished operations.
        AGBError: the update failed; the next update continues from the recorded state.
    """
    old, inputs = state_of(outputs), inputs_of(properties)
    location = location_of(inputs)
    _keep(session, resource, properties)
    change = _Change(session, resource, location, old, inputs)
    if not change.needed:
        return _outputs(session, inputs, old.account, change.unmanaged_kept)
    try:
        wait_changeable(session, location.context_id, inputs)
        change.apply()
    except NotFoundError as error:
        session.refuse_another_account(location.context_id, old.account, error)
        raise messages.context_deleted(location.context_id, error.request_id) from error
    return _outputs(session, inputs, unmanaged_files=change.unmanaged_kept)


class _Change:
    """A create or update of a directory, and the record of its progress."""

    def __init__(
        self,
        session: Session,
        resource: Resource,
        location: Location,
        old: ContextDirectoryState,
        inputs: CheckedDirectory,
    ) -> None:
        self._session, self._resource, self._location, self._inputs = session, resource, location, inputs
        self._record = ChangeRecord(old, inputs.secret_files)
        cleared = inputs.context_generation not in (None, old.context_generation)
        if cleared:
            count_on_none(self._record.files, list(self._record.files))
        self._plan = plan_files(self._record.files, inputs.seeded)
        self._unmanaged = Unmanaged({}, {}) if cleared else recorded_unmanaged(old, inputs.on_wire(), session.run)

    @property
    def needed(self) -> bool:
        """Return whether the change sends requests. Changes to settings alone are recorded without requests."""
        return bool(self._plan.upload or self._plan.delete or self._unmanaged.to_delete)

    @property
    def unmanaged_kept(self) -> dict[str, str] | None:
        """Return the unmanaged files to record after the change: those that this run recorded."""
        return self._unmanaged.kept or None

    def apply(self) -> None:
        """Carry out the change."""
        session, location, files, wanted = self._session, self._location, self._record.files, self._inputs.seeded
        if not self._inputs.overwrite_files:
            stored = already_stored(session, location, self._plan.added, wanted)
            files |= {path: wanted[path] for path in stored}
        try:
            seed(session, self._resource, location, files, wanted, self._require_engine)
            if doomed := self._unmanaged.to_delete:
                self._require_engine()
                delete_unmanaged(session, self._resource, location, doomed)
        except AGBError as failure:
            if session.records_unfinished and not isinstance(failure, NotFoundError):
                self._record.note(account=session.contexts.account.fingerprint)
                outputs = self._record.outputs()
                raise ResourceInitFailedError(directory_id(location), outputs, str(failure)) from failure
            raise

    def _require_engine(self) -> None:
        require_engine(self._session, self._resource.name, self._location)


def require_engine(session: Session, name: str, location: Location) -> None:
    """Raise an error before files are deleted if the engine has exited, because the next update may keep them.

    Args:
        session: the session of the provider process.
        name: name of the resource; empty if unknown.
        location: where its files are stored.

    Raises:
        AGBError: the engine has exited.
    """
    if not session.engine_lives():
        raise messages.engine_exited(printable(name or location.directory), location.context_id)


def _keep(session: Session, resource: Resource, properties: Properties) -> None:
    claims = claims_in(properties)
    if claims and (conflict := session.declared.keep(resource, claims)):
        raise conflict.error()


def _refuse_held(session: Session, resource: Resource, location: Location, inputs: CheckedDirectory) -> None:
    """Raise an error if a file exists that this resource's predecessor, which is deleted later, still manages."""
    resource_id = directory_id(location)
    if session.declared.may_take(resource, resource_id, resource_id):
        return
    listed = {entry.file_path for entry in session.contexts.list_all_files(location.context_id)}
    if present := sorted(listed.intersection(location.paths(inputs.seeded))):
        raise messages.file_to_be_replaced(location.context_id, present[0], "")


def _outputs(
    session: Session,
    inputs: CheckedDirectory,
    account: str | None = None,
    unmanaged_files: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the outputs to record for a directory.

    Args:
        session: the session of the provider process.
        inputs: checked inputs.
        account: fingerprint of the account that uploaded the files; None for the account of the session.
        unmanaged_files: unmanaged files to record; None if there are none.
    """
    made_by = session.contexts.account.fingerprint if account is None else account
    return counted(
        ContextDirectoryState(**{**inputs.model_dump(), "account": made_by, "unmanaged_files": unmanaged_files})
    ).on_wire()
