"""Read operation for files in a context, used by refresh and import."""

from __future__ import annotations

import base64
import hashlib

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.replica_lag import confirm_not_found, observe_files
from pulumi_agbcontext.client.api.waiting import wait_ready
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.context_file.content import outputs_of
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileState, file_state, parsed_id
from pulumi_agbcontext.lifecycle.files.sources import CHANGED
from pulumi_agbcontext.lifecycle.handlers import ReadResult
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.session import Session

LARGEST_IMPORT = 1 << 20  # bytes; the content is recorded in the state and written into a program


def read(session: Session, resource_id: str, outputs: Properties) -> ReadResult | None:
    """Read the current state of a file.

    Args:
        session: the session of the provider process.
        resource_id: `<context id>/<path without its leading slash>`.
        outputs: the recorded outputs; almost empty if another stack owns the file.

    Returns:
        The observed state, or None if the file or its context no longer exists.

    Raises:
        InvalidIdError: the id is malformed. No request was sent.
        AnotherAccountError: the file was not found, but another account created it.
        AGBError: the file could not be read. It may still exist.
    """
    old = file_state(outputs)
    context_id, path = (old.context_id, old.path) if old.path else parsed_id(resource_id)
    try:
        confirm_not_found(lambda: wait_ready(session.contexts, context_id))
        size, sha256 = _observed(session, context_id, path, old)
    except NotFoundError as error:
        session.refuse_another_account(context_id, old.account, error)
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
    """Read a file for import. Its content becomes an input.

    Args:
        session: the session of the provider process.
        resource_id: `<context id>/<path without its leading slash>`.

    Returns:
        The outputs, and the inputs with the content; None if the file does not exist.

    Raises:
        InvalidIdError: the id is malformed. No request was sent.
        TransferError: the file is larger than 1 MiB.
    """
    context_id, path = parsed_id(resource_id)
    wait_ready(session.contexts, context_id)
    size = session.contexts.transfers.size(context_id, path)
    if size is not None and size > LARGEST_IMPORT:
        raise messages.too_large_to_import(context_id, path, size, LARGEST_IMPORT)
    content = session.contexts.transfers.read(context_id, path, LARGEST_IMPORT) if size is not None else None
    if content is None:
        return None
    inputs = {"contextId": context_id, "path": path, **_as_content(content)}
    file = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return ReadResult(outputs_of(session, {**inputs, **file}), inputs)


def _as_content(content: bytes) -> dict[str, str]:
    try:
        return {"content": content.decode()}
    except UnicodeDecodeError:
        return {"contentBase64": base64.b64encode(content).decode()}


def _observed(session: Session, context_id: str, path: str, old: ContextFileState) -> tuple[int, str]:
    """Return the size in bytes and the digest of a file.

    The content is downloaded only if no digest is recorded, because the file belongs to another stack, or if the
    listing, which lags behind writes, does not contain the file.

    Raises:
        NotFoundError: the file does not exist.
    """
    if not old.sha256:
        return session.contexts.transfers.digest(context_id, path)
    entry = observe_files(session.contexts, context_id, {path: old.size}).get(path)
    if entry is None:
        return session.contexts.transfers.digest(context_id, path)
    return (old.size, old.sha256) if entry.size in (None, old.size) else (int(entry.size or 0), CHANGED)
