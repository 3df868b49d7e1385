"""Create, read, update and delete one file in somebody else's context."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.listing import observe_files
from pulumi_agbcontext.client.upload import Upload
from pulumi_agbcontext.client.waiters import wait_ready
from pulumi_agbcontext.errors import AGBError, NotFoundError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.confirm import confirm_not_found, refuse_another_account
from pulumi_agbcontext.lifecycle.context_file import CheckedFile, ContextFileState, file_state, source_of
from pulumi_agbcontext.lifecycle.declared import Resource
from pulumi_agbcontext.lifecycle.drift import digests
from pulumi_agbcontext.lifecycle.inputs import Properties, recorded_as
from pulumi_agbcontext.lifecycle.paths import path_fault
from pulumi_agbcontext.lifecycle.read import ReadResult
from pulumi_agbcontext.lifecycle.seeding import opened
from pulumi_agbcontext.lifecycle.sources import open_source
from pulumi_agbcontext.lifecycle.unfinished import UnfinishedError
from pulumi_agbcontext.messages import reasons

_RECORDED = ("contextId", "contextGeneration", "path", "size", "sha256", "overwriteOnCreate")
LARGEST_IMPORT = 1 << 20  # bytes: the content is recorded in the state, and written into a program


def file_id(context_id: str, path: str) -> str:
    """Give the id of a file: `<context id>/<path without its first slash>`."""
    return f"{context_id}{path}"


def declared_id(inputs: Properties) -> str | None:
    """Give the id that a file of checked inputs has, or will have; None where a preview does not know it."""
    context_id, path = inputs.get("contextId"), inputs.get("path")
    return file_id(context_id, path) if isinstance(context_id, str) and isinstance(path, str) else None


def create_file(session: Session, resource: Resource, inputs: Properties) -> tuple[str, dict[str, Any]]:
    """Upload a new file.

    Args:
        session: the API and what the process shares.
        resource: the resource.
        inputs: checked inputs.

    Returns:
        The id of the file and the outputs. Source: GetContextFileUploadUrl, GetContextFileDownloadUrl.

    Raises:
        ContextFileExistsError: it exists already with other content, or another resource of this program has it.
        AGBError: it could not be uploaded.
    """
    recorded_as(CheckedFile, inputs)
    context_id, path = str(inputs["contextId"]), str(inputs["path"])
    wait_ready(session.contexts, context_id)
    resource_id = file_id(context_id, path)
    if session.declared.keep(resource, [resource_id]):
        raise messages.file_exists(context_id, path, reasons.ANOTHER_RESOURCE)
    try:
        _refuse_existing(session, resource, inputs)
        _upload(session, inputs)
    except Exception:
        session.declared.release(resource)
        raise
    return resource_id, _outputs(session, inputs)


def _refuse_existing(session: Session, resource: Resource, inputs: Properties) -> None:
    """Refuse to overwrite a file, unless it has the content that is wanted: an interrupted create may have left it."""
    context_id, path = str(inputs["contextId"]), str(inputs["path"])
    resource_id = file_id(context_id, path)
    may_take = session.declared.may_take(resource, resource_id, resource_id)
    if may_take and inputs.get("overwriteOnCreate", False):
        return
    size = session.contexts.transfers.size(context_id, path)
    if size is None:
        return
    if not may_take:
        raise messages.file_to_be_replaced(context_id, path)
    wanted = (inputs["size"], inputs["sha256"])
    if size != wanted[0] or digests(session, context_id, [path])[path] not in (None, wanted):
        raise messages.file_exists(context_id, path, reasons.SOMEBODY_ELSE)


def read_file(session: Session, resource_id: str, outputs: Properties) -> ReadResult | None:
    """Look at a file as it is now.

    Args:
        session: the API and what the process shares.
        resource_id: `<context id>/<path without its first slash>`.
        outputs: what the state says; next to nothing where the file is another stack's.

    Returns:
        What was found, or None where the file, or its context, is definitely gone.

    Raises:
        AnotherAccountError: not found, but under another account than the one that made it.
        AGBError: it could not be looked at, which is no proof of anything.
    """
    old = file_state(outputs)
    context_id, _, below = resource_id.partition("/")
    path = f"/{below}"
    try:
        confirm_not_found(lambda: wait_ready(session.contexts, context_id))
        size, sha256 = _observed(session, context_id, path, old)
    except NotFoundError as error:
        refuse_another_account(session, context_id, old.account, error)
        session.declared.ended(resource_id, resource_id)
        return None
    new = old.model_copy(
        update={
            "context_id": context_id,
            "path": path,
            "size": size,
            "sha256": sha256,
            "account": session.contexts.account.fingerprint,
        }
    )
    drifted = bool(old.sha256) and (new.size, new.sha256) != (old.size, old.sha256)
    inputs = new.model_dump(by_alias=True, exclude={"account"}, exclude_defaults=True)
    return ReadResult(new.on_wire(), inputs if drifted else None)


def import_file(session: Session, resource_id: str) -> ReadResult | None:
    """Look at a file of which nothing is recorded, and take its content as what is wanted.

    Args:
        session: the API and what the process shares.
        resource_id: `<context id>/<path without its first slash>`.

    Returns:
        What was found, with the content as inputs, or None where there is no such file.

    Raises:
        TransferError: it is longer than 1 MiB.
    """
    context_id, _, below = resource_id.partition("/")
    path = f"/{below}"
    if path_fault(path):
        return None
    wait_ready(session.contexts, context_id)
    size = session.contexts.transfers.size(context_id, path)
    if size is not None and size > LARGEST_IMPORT:
        raise messages.too_large_to_import(context_id, path, size, LARGEST_IMPORT)
    content = session.contexts.transfers.read(context_id, path, LARGEST_IMPORT) if size is not None else None
    if content is None:
        return None
    inputs = {"contextId": context_id, "path": path, **_as_content(content)}
    file = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return ReadResult(_outputs(session, {**inputs, **file}), inputs)


def _as_content(content: bytes) -> dict[str, str]:
    try:
        return {"content": content.decode()}
    except UnicodeDecodeError:
        return {"contentBase64": base64.b64encode(content).decode()}


def _observed(session: Session, context_id: str, path: str, old: ContextFileState) -> tuple[int, str]:
    """Look at size and digest.

    The content is read only of another stack's file, of which nothing is known, and where the listing, which lags, does
    not name the file.

    Raises:
        NotFoundError: there is no such file.
    """
    if not old.sha256:
        return session.contexts.transfers.digest(context_id, path)
    entry = observe_files(session.contexts, context_id, {path: old.size}).get(path)
    if entry is None:
        return session.contexts.transfers.digest(context_id, path)
    return (old.size, old.sha256) if entry.size in (None, old.size) else (int(entry.size or 0), "changed")


def update_file(session: Session, inputs: Properties, outputs: Properties) -> dict[str, Any]:
    """Upload the content again if it changed, or if the context has been cleared since.

    Raises:
        UnfinishedError: it failed, and what is stored is not known; only where the session says so.
        AGBError: it could not be uploaded.
    """
    old = file_state(outputs)
    recorded_as(CheckedFile, inputs)
    cleared = inputs.get("contextGeneration") not in (None, old.context_generation)
    if (inputs["size"], inputs["sha256"]) == (old.size, old.sha256) and not cleared:
        return _outputs(session, inputs, account=old.account)
    try:
        wait_ready(session.contexts, old.context_id)
        _upload(session, inputs)
    except NotFoundError as error:
        refuse_another_account(session, old.context_id, old.account, error)
        raise messages.context_gone(old.context_id, error.request_id) from error
    except AGBError as failure:
        if session.records_unfinished:
            unknown = old.model_copy(update={"sha256": "changed"})
            raise UnfinishedError(file_id(old.context_id, old.path), unknown.on_wire(), failure) from failure
        raise
    return _outputs(session, inputs)


def delete_file(session: Session, resource_id: str, outputs: Properties) -> None:
    """Delete a file; gone already, or gone with its context, is success.

    Raises:
        AnotherAccountError: not found, but under another account than the one that made it.
        AGBError: it could not be deleted.
    """
    old = file_state(outputs)
    if session.declared.is_kept(resource_id):
        return  # another resource of the program has it now
    try:
        confirm_not_found(lambda: session.contexts.get(context_id=old.context_id))
        session.contexts.transfers.delete_many(old.context_id, [old.path])
    except NotFoundError as error:
        refuse_another_account(session, old.context_id, old.account, error)
    session.declared.ended(resource_id, resource_id)


def _upload(session: Session, inputs: Properties) -> None:
    source = source_of(inputs)
    path = str(inputs["path"])
    upload = Upload(path, int(inputs["size"]), str(inputs["sha256"]), lambda: opened(path, lambda: open_source(source)))
    session.contexts.transfers.upload_many(str(inputs["contextId"]), [upload])


def _outputs(session: Session, inputs: Properties, account: str | None = None) -> dict[str, Any]:
    kept = {key: inputs[key] for key in _RECORDED if key in inputs}
    made_by = session.contexts.account.fingerprint if account is None else account
    return ContextFileState.model_validate({**kept, "account": made_by}).on_wire()
