"""Create operation for files in a context. An existing file is read before it is overwritten."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle.context_file.content import outputs_of, upload
from pulumi_agbcontext.lifecycle.context_file.model import CheckedFile, file_id
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.files.readiness import wait_changeable
from pulumi_agbcontext.lifecycle.properties import Properties, recorded_as
from pulumi_agbcontext.lifecycle.provider.claims import Claims
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import causes


def create(session: Session, resource: Resource, inputs: Properties) -> tuple[str, dict[str, Any]]:
    """Upload a new file.

    Args:
        session: the session of the provider process.
        resource: the resource.
        inputs: checked inputs.

    Returns:
        The id of the file and the outputs. Source: GetContextFileUploadUrl, GetContextFileDownloadUrl.

    Raises:
        ContextFileExistsError: the file already exists with different content, or belongs to another resource of this
            program.
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`; nothing was changed.
        AGBError: the file could not be uploaded.
    """
    settings = recorded_as(CheckedFile, inputs)
    context_id, path = str(inputs["contextId"]), str(inputs["path"])
    wait_changeable(session, context_id, settings)
    resource_id = file_id(context_id, path)
    # Another resource may still be about to delete the file. A delete skips a file that is kept.
    _refuse_held(session, resource, context_id, path)
    if conflict := session.declared.keep(resource, Claims(frozenset([resource_id]))):
        raise conflict.error()
    try:
        _refuse_existing(session, inputs)
        upload(session, inputs)
    except Exception:
        session.declared.release(resource)
        raise
    return resource_id, outputs_of(session, inputs)


def _refuse_held(session: Session, resource: Resource, context_id: str, path: str) -> None:
    """Raise an error if the file exists and another resource, or the predecessor of this one, still manages it."""
    resource_id = file_id(context_id, path)
    if session.declared.may_take(resource, resource_id, resource_id) or session.declared.is_kept(resource_id, resource):
        return
    holder = session.declared.other_holder(resource, resource_id)
    if session.contexts.transfers.size(context_id, path) is not None:
        raise messages.file_to_be_replaced(context_id, path, holder)


def _refuse_existing(session: Session, inputs: Properties) -> None:
    """Raise an error if the file exists, unless its content is identical, for example after an interrupted create."""
    if inputs.get("overwriteOnCreate", False):
        return
    context_id, path = str(inputs["contextId"]), str(inputs["path"])
    size = session.contexts.transfers.size(context_id, path)
    if size is None:
        return
    wanted = (inputs["size"], inputs["sha256"])
    if size != wanted[0] or digests(session, context_id, [path])[path] not in (None, wanted):
        raise messages.file_exists(context_id, path, causes.ANOTHER_WRITER)
