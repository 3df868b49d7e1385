"""Read, update and delete a context: what each means on the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.deadline import current
from pulumi_agbcontext.client.models import Context
from pulumi_agbcontext.client.waiters import wait_cleared, wait_gone, wait_ready
from pulumi_agbcontext.errors import AGBError, NotFoundError, WaitTimeoutError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.context import diff
from pulumi_agbcontext.lifecycle.drift import observed
from pulumi_agbcontext.lifecycle.inputs import ContextInputs, ContextState, Properties, state_of
from pulumi_agbcontext.lifecycle.seed import plan_files
from pulumi_agbcontext.lifecycle.seeding import count_on_none, recorded_files, seed
from pulumi_agbcontext.lifecycle.triggers import triggered
from pulumi_agbcontext.lifecycle.unfinished import Record, UnfinishedError, counted
from pulumi_agbcontext.messages import reasons

T = TypeVar("T")
_SECOND_LOOK = 0.3  # seconds


@dataclass(frozen=True)
class Found:
    """A context as refresh found it.

    Attributes:
        outputs: what the state is to say.
        inputs: what the next plan is to compare with; None where nothing drifted.
    """

    outputs: dict[str, Any]
    inputs: dict[str, Any] | None


def read(session: Session, context_id: str, outputs: Properties) -> Found | None:
    """Look at a context as it is now.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        outputs: what the state says; next to nothing where the context is another stack's.

    Returns:
        What was found, or None where the context is definitely gone.

    Raises:
        AnotherAccountError: not found, but under another account than the one that made it.
        AGBError: it could not be looked at, which is no proof of anything.
    """
    old = state_of({"name": "", **outputs})
    try:
        context = look_twice(lambda: wait_usable(session, context_id, old))
    except NotFoundError as error:
        refuse_another_account(session, context_id, old.account, error)
        session.claims.gone(context_id)
        session.claims.leave(old.name)
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
    return Found(new.on_wire(), _as_inputs(new) if drifted and old.name else None)


def update(session: Session, context_id: str, outputs: Properties, properties: Properties) -> dict[str, Any]:
    """Rename, clear in place, upload what changed and delete what is no longer named.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        outputs: the recorded outputs.
        properties: checked inputs.

    Returns:
        The new outputs.

    Raises:
        ContextGoneError: somebody deleted the context.
        UnfinishedError: it failed, and what was done is to be recorded; only where the session says so.
        AGBError: it failed; run again, it goes on from what is there.
    """
    old, inputs = state_of(outputs), ContextInputs.model_validate(properties)
    clears = inputs.clear_in_place and triggered(old.clear_triggers, inputs.clear_triggers)
    plan = plan_files({} if clears else old.seeded, inputs.seeded)
    touched = bool(inputs.name != old.name or clears or plan.upload or plan.delete)
    # Where nothing differs it is an update only because another one ended early: the record may be wrong of what had no
    # answer.
    touched |= not diff(outputs, properties).changes
    if clears:
        recorded_files(inputs.seeded)  # what cannot be seeded again is not cleared
    if touched:
        record = Record(old, inputs.secret_files)
        try:
            _change(session, context_id, record, inputs, clears=clears)
        except NotFoundError as error:
            refuse_another_account(session, context_id, old.account, error)
            raise messages.context_gone(context_id, error.request_id) from error
        except AGBError as failure:
            if session.records_unfinished:
                raise UnfinishedError(context_id, record.outputs(), failure) from failure
            raise
    return outputs_of(
        session,
        inputs,
        Context(id=context_id, name=str(inputs.name), created_at=old.created_at),
        account=session.contexts.account.fingerprint if touched else old.account,
        region=inputs.region or old.region,
        generation=old.generation + int(clears),
    )


def _change(session: Session, context_id: str, record: Record, inputs: ContextInputs, *, clears: bool) -> None:
    old, name = record.state, str(inputs.name)
    _rename(session, wait_usable(session, context_id, inputs), name)
    if name != old.name:
        session.claims.leave(old.name)
    record.state = old.model_copy(update={"name": name, "autonamed": inputs.autonamed})
    if clears:
        count_on_none(record.files, list(record.files))  # before it begins: its answer may be lost
        clear(session, context_id, inputs)
        record.files.clear()
        done = {"clear_triggers": inputs.clear_triggers, "generation": old.generation + 1}
        record.state = record.state.model_copy(update=done)
    seed(session, context_id, record.files, inputs.seeded)


def delete(session: Session, context_id: str, outputs: Properties) -> None:
    """Delete a context, its data first through the clear API where that is asked for; gone already is success.

    Raises:
        AnotherAccountError: not found, but under another account than the one that made it.
        AGBError: it could not be deleted, or was not gone in time.
    """
    old = state_of({"name": "", **outputs})
    if session.claims.taken(context_id) or session.claims.kept(context_id):
        return  # another resource of the program has taken it over: only this one's record goes
    session.claims.keep_region(old.name, old.region)
    try:
        look_twice(lambda: erase(session, context_id, old))
    except NotFoundError as error:
        refuse_another_account(session, context_id, old.account, error)
    session.claims.gone(context_id)
    session.claims.leave(old.name)


def erase(session: Session, context_id: str, inputs: ContextInputs) -> None:
    """Wait for a running clear, clear if asked for, delete, and wait until the context is gone."""
    found = session.contexts.get(context_id=context_id).context
    context = Context(id=context_id, name=found.name if found else "")
    if inputs.clear_before_delete:
        _clear_and_delete(session, context, inputs)
        return
    if found is not None and found.state == "clearing":
        _wait_for_running_clear(session, context_id, inputs)
    _delete(session, context, inputs)


def _clear_and_delete(session: Session, context: Context, inputs: ContextInputs) -> None:
    """Clear and delete; a failure says that the files may be gone, because no adapter can record half a delete."""
    try:
        clear(session, context.id, inputs)
        _delete(session, context, inputs)
    except AGBError as failure:
        failure.args = (f"{failure} {reasons.MAY_BE_ERASED}",)
        raise


def _delete(session: Session, context: Context, inputs: ContextInputs) -> None:
    session.contexts.delete(context)
    wait_gone(session.contexts, context.id, inputs.clear_timeout, inputs.clear_poll_interval)


def _wait_for_running_clear(session: Session, context_id: str, inputs: ContextInputs) -> None:
    try:
        wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)
    except WaitTimeoutError:
        session.progress(f"context {context_id} is still clearing; deleting it anyway")


def clear(session: Session, context_id: str, inputs: ContextInputs) -> None:
    """Clear a context through the clear API and wait until it is usable again.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        inputs: say how long to wait.

    Raises:
        ClearanceTimeoutError: the clear did not end within `clearTimeout`.
    """
    session.contexts.clear_async(context_id)
    wait_cleared(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)


def outputs_of(
    session: Session,
    inputs: ContextInputs,
    context: Context,
    *,
    region: str | None,
    generation: int,
    account: str | None = None,
) -> dict[str, Any]:
    """Put together what the state records of a context."""
    state = ContextState(
        **{
            **inputs.model_dump(),
            "name": inputs.name or context.name,
            "region": region,
            "generation": generation,
            "created_at": context.created_at,
            "account": session.contexts.account.fingerprint if account is None else account,
        }
    )
    return counted(state).on_wire()


def _as_inputs(state: ContextState) -> dict[str, Any]:
    """Give the observed state as the inputs that would have made it; defaults and the region need not be repeated."""
    inputs = ContextInputs.model_validate(state.model_dump(include=set(ContextInputs.model_fields)))
    return inputs.model_dump(by_alias=True, exclude_defaults=True, exclude={"region"})


def wait_usable(session: Session, context_id: str, inputs: ContextInputs) -> Context:
    """Wait while the context is being cleared or prepared: busy is not drift."""
    return wait_ready(session.contexts, context_id, inputs.clear_timeout, inputs.clear_poll_interval)


def look_twice(look: Callable[[], T]) -> T:
    """Believe in not-found only when it is said twice: one answer may come from a replica that is behind.

    Raises:
        NotFoundError: said twice.
    """
    try:
        return look()
    except NotFoundError:
        current().sleep(_SECOND_LOOK)
        return look()


def _rename(session: Session, context: Context, name: str) -> None:
    if context.name != name:
        session.contexts.update(Context(id=context.id, name=name))


def claim(session: Session, context_id: str, paths: list[str]) -> None:
    """Claim a living context and its files for one resource of this process.

    Raises:
        ContextFileExistsError: another resource of the program has the context, or one of the files.
    """
    if other := session.claims.own_context(context_id, paths):
        raise messages.two_owners(context_id, other)


def refuse_another_account(session: Session, context_id: str, account: str, error: NotFoundError) -> None:
    """Take a not-found as proof that a context is gone only under the account that made it.

    Raises:
        AnotherAccountError: the state was written under another account.
    """
    if account and account != session.contexts.account.fingerprint:
        raise messages.another_account(context_id, error.request_id) from error
