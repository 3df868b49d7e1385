"""Read operation for contexts, used by refresh and import."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.replica_lag import confirm_not_found
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState, state_of
from pulumi_agbcontext.lifecycle.context.owner_record import IMPORTED
from pulumi_agbcontext.lifecycle.files.change_record import counted
from pulumi_agbcontext.lifecycle.files.drift import observed
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.readiness import wait_usable
from pulumi_agbcontext.lifecycle.files.unmanaged import find_unmanaged
from pulumi_agbcontext.lifecycle.handlers import ReadResult
from pulumi_agbcontext.lifecycle.properties import Properties, can_be_context_id
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.redaction import printable

_USUAL_PREFIX = "SdkCtx-"  # prefix of the ids in the API reference, which does not guarantee it


def read(session: Session, context_id: str, outputs: Properties) -> ReadResult | None:
    """Read a context. Its owner record is neither read nor written.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        outputs: the recorded outputs; almost empty if another stack owns the context.

    Returns:
        The observed state, or None if the context no longer exists. Source: GetContext, DescribeContextFiles.

    Raises:
        InvalidIdError: the id is malformed, so no request was sent; or it was not found and appears to be a name.
        AnotherAccountError: the context was not found, but another account created it.
        AGBError: the context could not be read. It may still exist.
    """
    old = state_of({"name": "", **outputs})
    if not old.name and not can_be_context_id(context_id):
        raise messages.invalid_context_id(printable(context_id))
    try:
        context = confirm_not_found(lambda: wait_usable(session, context_id, old))
    except NotFoundError as error:
        session.refuse_another_account(context_id, old.account, error)
        session.declared.ended(context_id, old.name)
        if not old.name and not context_id.startswith(_USUAL_PREFIX):
            raise messages.invalid_context_id(printable(context_id)) from error
        return None
    location = Location(context_id)
    files = observed(session, location, old)
    new = old.model_copy(
        update={
            "name": context.name,
            "files": {path: files[path] for path in old.files if path in files},
            "secret_files": {path: files[path] for path in old.secret_files if path in files},
            "created_at": old.created_at or context.created_at,
            "account": session.contexts.account.fingerprint,
            "unmanaged_files": find_unmanaged(session, location, context.name, old),
        }
    )
    new = counted(new)
    drifted = old.name != new.name or old.seeded != new.seeded
    return ReadResult(new.on_wire(), _as_inputs(new) if drifted and old.name else None)


def import_context(session: Session, context_id: str) -> ReadResult | None:
    """Read a context for import. Only its name becomes an input, not its files or triggers.

    Importing a context transfers its ownership. The first update or delete replaces the owner record.
    """
    found = read(session, context_id, {})
    return found and ReadResult({**found.outputs, "ownerId": IMPORTED}, {"name": found.outputs["name"]})


def _as_inputs(state: ContextState) -> dict[str, Any]:
    """Return the inputs that correspond to the observed state, without defaults and without the region."""
    return state.model_dump(
        by_alias=True, exclude_defaults=True, include=set(ContextInputs.model_fields), exclude={"region"}
    )
