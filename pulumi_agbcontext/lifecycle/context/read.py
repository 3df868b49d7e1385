"""Read a context: what a refresh records of it."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.client.api.replica_lag import confirm_not_found
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.context.change_record import counted
from pulumi_agbcontext.lifecycle.context.drift import observed
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState, state_of
from pulumi_agbcontext.lifecycle.context.owner_record import IMPORTED
from pulumi_agbcontext.lifecycle.context.readiness import wait_usable
from pulumi_agbcontext.lifecycle.handlers import ReadResult
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.session import Session


def read(session: Session, context_id: str, outputs: Properties) -> ReadResult | None:
    """Read a context; its owner record is neither read nor written.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        outputs: the recorded outputs; nearly empty where the context is another stack's.

    Returns:
        What was found, or None where the context was certainly deleted. Source: GetContext, DescribeContextFiles.

    Raises:
        AnotherAccountError: not found, but under another account than the one that created it.
        AGBError: it could not be read, which proves nothing.
    """
    old = state_of({"name": "", **outputs})
    try:
        context = confirm_not_found(lambda: wait_usable(session, context_id, old))
    except NotFoundError as error:
        session.refuse_another_account(context_id, old.account, error)
        session.declared.ended(context_id, old.name)
        return None
    files = observed(session, context_id, old)
    new = old.model_copy(
        update={
            "name": context.name,
            "files": {path: files[path] for path in old.files if path in files},
            "secret_files": {path: files[path] for path in old.secret_files if path in files},
            "created_at": old.created_at or context.created_at,
            "account": session.contexts.account.fingerprint,
        }
    )
    new = counted(new)
    drifted = old.name != new.name or old.seeded != new.seeded
    return ReadResult(new.on_wire(), _as_inputs(new) if drifted and old.name else None)


def import_context(session: Session, context_id: str) -> ReadResult | None:
    """Read a context of which nothing is recorded; its name is all that is taken as wanted: no files, no triggers.

    Importing takes the context over: its first update or delete replaces the owner record.
    """
    found = read(session, context_id, {})
    return found and ReadResult({**found.outputs, "ownerId": IMPORTED}, {"name": found.outputs["name"]})


def _as_inputs(state: ContextState) -> dict[str, Any]:
    """Return the observed state as the inputs that would lead to it; defaults and the region need not be repeated."""
    return state.model_dump(
        by_alias=True, exclude_defaults=True, include=set(ContextInputs.model_fields), exclude={"region"}
    )
