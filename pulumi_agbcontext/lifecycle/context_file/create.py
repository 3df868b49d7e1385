"""Create of a file in a context. An existing file is read before it is overwritten."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.waiting import wait_ready
from pulumi_agbcontext.lifecycle.context_file.content import outputs_of, upload
from pulumi_agbcontext.lifecycle.context_file.model import CheckedFile, file_id
from pulumi_agbcontext.lifecycle.files.digests import digests
from pulumi_agbcontext.lifecycle.properties import Properties, recorded_as
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
        AGBError: the file could not be uploaded.
    """
    recorded_as(CheckedFile, inputs)
    context_id, path = str(inputs["contextId"]), str(inputs["path"])
    wait_ready(session.contexts, context_id)
    resource_id = file_id(context_id, path)
    if session.declared.keep(resource, [resource_id]):
        raise messages.file_exists(context_id, path, causes.ANOTHER_RESOURCE)
    try:
        _refuse_existing(session, resource, inputs)
        upload(session, inputs)
    except Exception:
        session.declared.release(resource)
        raise
    return resource_id, outputs_of(session, inputs)


def _refuse_existing(session: Session, resource: Resource, inputs: Properties) -> None:
    """Raise an error if the file exists, unless its content is identical, for example after an interrupted create."""
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
        raise messages.file_exists(context_id, path, causes.ANOTHER_WRITER)
