"""Create a context. The API's create is get-or-create: whatever exists already is looked at before it is touched."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.models import Context
from pulumi_agbcontext.client.waiters import observe_all, wait_name_free
from pulumi_agbcontext.errors import (
    AGBError,
    ContextExistsError,
    NotFoundError,
    UnreachableError,
)
from pulumi_agbcontext.lifecycle.claims import CONTEXT
from pulumi_agbcontext.lifecycle.cloud import DEFAULT_REGION, Session
from pulumi_agbcontext.lifecycle.inputs import ContextInputs, Properties, state_of
from pulumi_agbcontext.lifecycle.operations import erase, outputs_of, wait_usable
from pulumi_agbcontext.lifecycle.paths import shown
from pulumi_agbcontext.lifecycle.seeding import seed
from pulumi_agbcontext.lifecycle.sources import recorded
from pulumi_agbcontext.lifecycle.unfinished import Record, UnfinishedError
from pulumi_agbcontext.messages import reasons


def create(session: Session, properties: Properties) -> tuple[str, dict[str, Any]]:
    """Create a context and seed it, adopt an existing one, or resume our own unfinished one.

    Args:
        session: the API and what the process shares.
        properties: checked inputs.

    Returns:
        The API's id and the outputs.

    Raises:
        ContextExistsError: the name is taken by a context that is not this resource's.
        UnfinishedError: it failed, and what was done is to be recorded; only where the session says so.
        IncompleteCreateError: it failed and could not be undone with certainty.
        AGBError: it failed; what was made has been deleted again.
    """
    inputs = ContextInputs.model_validate(properties)
    kept = session.claims.kept_region(str(inputs.name))
    region = inputs.region or kept or session.region or DEFAULT_REGION
    with session.claims.naming(region, str(inputs.name)):
        found = _look(session, inputs, region)
        if found is not None and session.claims.lives(region, str(inputs.name), found.id):
            raise messages.context_to_be_replaced(found.name, found.id, _age(found.created_at))
        known = inputs.region if found is not None and inputs.adopt else region
        context = _make(session, inputs, region) if found is None else _taken_over(session, inputs, found, known)
    for path in inputs.seeded:
        session.claims.own(f"{context.id}{path}", CONTEXT)
    return context.id, outputs_of(session, inputs, context, region=known, generation=1)


def _look(session: Session, inputs: ContextInputs, region: str) -> Context | None:
    """Find a context by name. One that is known by name but not by id is being deleted: its name is waited for."""
    try:
        found = _present(session.contexts.get(name=inputs.name, login_region_id=region).context)
    except NotFoundError:
        return None
    try:
        return _present(session.contexts.get(context_id=found.id).context)
    except NotFoundError:
        wait_name_free(session.contexts, str(inputs.name), region, inputs.clear_timeout, inputs.clear_poll_interval)
        return None


def _present(context: Context | None) -> Context:
    if context is None:
        raise messages.no_context_in_answer()
    return context


def _make(session: Session, inputs: ContextInputs, region: str) -> Context:
    try:
        context = _present(session.contexts.create(str(inputs.name), login_region_id=region).context)
    except UnreachableError as error:
        raise messages.unknown_create(str(inputs.name), error) from error
    if not session.claims.own(context.id):
        raise _exists(context, reasons.ANOTHER_RESOURCE)
    record = _record(session, inputs, context, region)
    try:
        return _finish(session, inputs, context, record)
    except ContextExistsError:
        session.claims.release(context.id)
        raise
    except Exception as failure:
        _report_unfinished(session, context.id, record, failure)
        session.claims.release(context.id)
        if session.engine_lives() and (kept_because := _undo(session, inputs, context, record)):
            raise messages.incomplete_create(context.name, context.id, failure, kept_because) from failure
        raise


def _record(session: Session, inputs: ContextInputs, context: Context, region: str | None) -> Record:
    """Start the record of a new context: it is all that was asked for, but no file is stored yet."""
    planned = outputs_of(session, inputs, context, region=region, generation=1)
    return Record(state_of({**planned, "files": {}, "secretFiles": {}}), inputs.secret_files)


def _report_unfinished(session: Session, context_id: str, record: Record, failure: Exception) -> None:
    if session.records_unfinished and isinstance(failure, AGBError):
        raise UnfinishedError(context_id, record.outputs(), failure) from failure


def _finish(session: Session, inputs: ContextInputs, made: Context, record: Record) -> Context:
    """Wait, look again before the first upload (files in a context just made are somebody else's), and seed."""
    context = wait_usable(session, made.id, inputs)
    if session.contexts.list_all_files(context.id):
        raise _exists(context, reasons.ANOTHER_PROGRAM)
    seed(session, context.id, record.files, inputs.seeded)
    return context


def _undo(session: Session, inputs: ContextInputs, context: Context, record: Record) -> str:
    """Delete what a failed create made if it lists nothing but what this create uploaded; else say why it stays."""
    try:
        if foreign := sorted(set(observe_all(session.contexts, context.id)) - set(record.files)):
            return reasons.foreign_file(shown(foreign[0]))
        erase(session, context.id, inputs)
    except NotFoundError:
        return ""
    except AGBError as failure:
        return reasons.undo_failed(failure.what, failure.why)
    return ""


def _taken_over(session: Session, inputs: ContextInputs, found: Context, region: str | None) -> Context:
    if not inputs.adopt and not _unfinished(session, inputs, found):
        raise _exists(found)
    if not session.claims.own(found.id):
        raise _exists(found, reasons.ANOTHER_OR_RETAINED)
    session.claims.take(found.id)
    record = _record(session, inputs, found, region)
    try:
        context = wait_usable(session, found.id, inputs)
        seed(session, context.id, record.files, inputs.seeded)
    except Exception as failure:
        if not inputs.adopt:  # recorded, it would be deleted when the program gives up what is not ours yet
            _report_unfinished(session, found.id, record, failure)
        session.claims.release(found.id)
        raise
    return context


def _unfinished(session: Session, inputs: ContextInputs, found: Context) -> bool:
    """Tell whether a context is what an earlier, interrupted create of ours left: a derived name, no foreign file.

    A file of ours that has another size than planned is somebody else's by now: an upload stores all or nothing.
    """
    if not inputs.autonamed:
        return False
    planned = {path: file.size for path, entry in inputs.seeded.items() if (file := recorded(entry))}
    listed = observe_all(session.contexts, found.id)
    return all(path in planned and size in (None, planned[path]) for path, size in listed.items())


def _exists(found: Context, why: str = "") -> ContextExistsError:
    return messages.context_exists(found.name, found.id, _age(found.created_at), why)


def _age(created_at: str | None) -> str:
    """Word the age of a context for a reader; the API documents no form of its times."""
    if not created_at:
        return "made at a time that the API does not say"
    try:
        made = datetime.fromisoformat(created_at.replace("Z", "+00:00"))
    except ValueError:
        return f"made {created_at}"
    made = made if made.tzinfo else made.replace(tzinfo=timezone.utc)
    minutes = int((datetime.now(timezone.utc) - made).total_seconds() // 60)
    units = ((2 * 24 * 60, "days", 24 * 60), (120, "hours", 60), (2, "minutes", 1))
    spans = (f"{minutes // length} {unit} ago" for least, unit, length in units if minutes >= least)
    return f"made {created_at} ({next(spans, 'just now')})"
