"""Create, read, update and delete one file in somebody else's context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi_agbcontext.client.upload import Upload
from pulumi_agbcontext.client.waiters import observe_files, wait_ready
from pulumi_agbcontext.errors import ContextFileExistsError, NotFoundError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.context_file import ContextFileState, file_state, source_of
from pulumi_agbcontext.lifecycle.inputs import Properties
from pulumi_agbcontext.lifecycle.operations import refuse_another_account
from pulumi_agbcontext.lifecycle.sources import open_source


def file_id(context_id: str, path: str) -> str:
    """Give the id of a file: `<context id>/<path without its first slash>`."""
    return f"{context_id}{path}"


def create_file(session: Session, inputs: Properties) -> tuple[str, dict[str, Any]]:
    """Upload a new file.

    Raises:
        ContextFileExistsError: it is there already, or another resource of this program has it.
        AGBError: it could not be uploaded.
    """
    context_id, path = str(inputs["contextId"]), str(inputs["path"])
    wait_ready(session.contexts, context_id)
    resource_id = file_id(context_id, path)
    if not session.claims.own(resource_id):
        raise ContextFileExistsError(context_id, path, why="another resource of this program has it")
    try:
        if not inputs.get("overwriteOnCreate", False):
            _refuse_existing(session, context_id, path)
        _upload(session, inputs)
    except Exception:
        session.claims.release(resource_id)
        raise
    return resource_id, _outputs(session, inputs)


def _refuse_existing(session: Session, context_id: str, path: str) -> None:
    """Look twice, in the listing, which lags, and in the object store."""
    listed = session.contexts.list_all_files(context_id)
    if any(entry.file_path == path for entry in listed) or session.contexts.transfers.exists(context_id, path):
        raise ContextFileExistsError(context_id, path, why="somebody else has put it there")


@dataclass(frozen=True)
class FoundFile:
    """A file as refresh found it.

    Attributes:
        outputs: what the state is to say.
        drifted: whether that is something else than what it said.
    """

    outputs: dict[str, Any]
    drifted: bool


def read_file(session: Session, resource_id: str, outputs: Properties) -> FoundFile | None:
    """Look at a file as it is now; None where it, or its context, is definitely gone.

    Raises:
        AnotherAccountError: not found, but under another account than the one that made it.
        AGBError: it could not be looked at, which is no proof of anything.
    """
    old = file_state(outputs)
    context_id, _, below = resource_id.partition("/")
    path = f"/{below}"
    known = bool(old.sha256)
    try:
        wait_ready(session.contexts, context_id)
        expected = {path: old.size} if known else {path: None}
        found = observe_files(session.contexts, context_id, expected).get(path)
        if found is None:
            return None
        size, sha256 = (old.size, old.sha256) if known else session.contexts.transfers.digest(context_id, path)
    except NotFoundError as error:
        refuse_another_account(session, context_id, old.account, error)
        return None
    changed = known and found.size is not None and found.size != old.size
    update = {"size": found.size, "sha256": "changed"} if changed else {"size": size, "sha256": sha256}
    place = {"context_id": context_id, "path": path, "account": session.contexts.account.fingerprint}
    return FoundFile(old.model_copy(update={**place, **update}).on_wire(), changed)


def update_file(session: Session, inputs: Properties, outputs: Properties) -> dict[str, Any]:
    """Upload the content anew if it changed.

    Raises:
        AGBError: it could not be uploaded.
    """
    old = file_state(outputs)
    if (inputs["size"], inputs["sha256"]) != (old.size, old.sha256):
        wait_ready(session.contexts, str(inputs["contextId"]))
        _upload(session, inputs)
    return _outputs(session, inputs)


def delete_file(session: Session, resource_id: str, outputs: Properties) -> None:
    """Delete a file; gone already, or gone with its context, is success.

    Raises:
        AnotherAccountError: not found, but under another account than the one that made it.
        AGBError: it could not be deleted.
    """
    old = file_state(outputs)
    try:
        session.contexts.get(context_id=old.context_id)
        session.contexts.transfers.delete_many(old.context_id, [old.path])
    except NotFoundError as error:
        refuse_another_account(session, old.context_id, old.account, error)
    session.claims.release(resource_id)


def _upload(session: Session, inputs: Properties) -> None:
    source = source_of(inputs)
    upload = Upload(str(inputs["path"]), int(inputs["size"]), str(inputs["sha256"]), lambda: open_source(source))
    session.contexts.transfers.upload_many(str(inputs["contextId"]), [upload])


def _outputs(session: Session, inputs: Properties) -> dict[str, Any]:
    kept = {key: inputs[key] for key in ("contextId", "path", "size", "sha256", "overwriteOnCreate") if key in inputs}
    return ContextFileState.model_validate({**kept, "account": session.contexts.account.fingerprint}).on_wire()
