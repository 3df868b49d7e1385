"""Read operation for directories, used by refresh and import."""

from __future__ import annotations

from pulumi_agbcontext.client.api.replica_lag import confirm_not_found, observe_all
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.context_directory.model import (
    CheckedDirectory,
    location_of,
    parsed_id,
    state_of,
)
from pulumi_agbcontext.lifecycle.files.change_record import counted
from pulumi_agbcontext.lifecycle.files.drift import observed
from pulumi_agbcontext.lifecycle.files.paths import ROOT
from pulumi_agbcontext.lifecycle.files.readiness import wait_usable
from pulumi_agbcontext.lifecycle.files.unmanaged import find_unmanaged
from pulumi_agbcontext.lifecycle.handlers import ReadResult
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.session import Session


def read(session: Session, resource_id: str, outputs: Properties) -> ReadResult | None:
    """Read the files of a directory.

    Args:
        session: the session of the provider process.
        resource_id: id of the directory.
        outputs: the recorded outputs; almost empty if another stack manages the directory.

    Returns:
        The observed state, or None if the context no longer exists. Source: GetContext, DescribeContextFiles.

    Raises:
        InvalidIdError: the id is malformed. No request was sent.
        AnotherAccountError: the context was not found, but another account created the files.
        AGBError: the directory could not be read. It may still exist.
    """
    old = state_of(outputs)
    location = location_of(old) if old.path else parsed_id(resource_id)
    try:
        confirm_not_found(lambda: wait_usable(session, location.context_id, old))
    except NotFoundError as error:
        session.refuse_another_account(location.context_id, old.account, error)
        session.declared.ended(resource_id, resource_id)
        return None
    files = observed(session, location, old)
    new = counted(
        old.model_copy(
            update={
                "context_id": location.context_id,
                "path": location.directory,
                "files": {key: files[key] for key in old.files if key in files},
                "secret_files": {key: files[key] for key in old.secret_files if key in files},
                "account": session.contexts.account.fingerprint,
                "unmanaged_files": find_unmanaged(session, location, resource_id, old),
            }
        )
    )
    drifted = bool(old.path) and old.seeded != new.seeded
    included = set(CheckedDirectory.model_fields)
    inputs = new.model_dump(by_alias=True, exclude_defaults=True, include=included) if drifted else None
    return ReadResult(new.on_wire(), inputs)


def import_directory(session: Session, resource_id: str) -> ReadResult | None:
    """Read a directory for import. Its context and path become inputs; its files do not.

    Args:
        session: the session of the provider process.
        resource_id: id of the directory.

    Returns:
        The outputs and inputs, or None if the context does not exist or contains no file in the directory.

    Raises:
        InvalidIdError: the id is malformed. No request was sent.
    """
    location = parsed_id(resource_id)
    found = read(session, resource_id, {})
    if found is None:
        return None
    listed = observe_all(session.contexts, location.context_id)
    if location.directory != ROOT and not any(location.key(path) for path in listed):
        return None
    return ReadResult(found.outputs, {"contextId": location.context_id, "path": location.directory})
