"""Update operation for files in a context."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext import messages
from pulumi_agbcontext.errors import AGBError, NotFoundError
from pulumi_agbcontext.lifecycle.context_file.content import outputs_of, upload
from pulumi_agbcontext.lifecycle.context_file.model import CheckedFile, file_id, file_state
from pulumi_agbcontext.lifecycle.files.readiness import wait_changeable
from pulumi_agbcontext.lifecycle.files.sources import CHANGED
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.lifecycle.properties import Properties, recorded_as
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


def update(
    session: Session, resource: Resource, resource_id: str, outputs: Properties, inputs: Properties
) -> dict[str, Any]:
    """Upload the content again if it has changed or if the context has been cleared since the last upload.

    Args:
        session: the session of the provider process.
        resource: the resource.
        resource_id: `<context id>/<path without its leading slash>`.
        outputs: the recorded outputs.
        inputs: checked inputs.

    Returns:
        The new outputs. Source: GetContextFileUploadUrl.

    Raises:
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`; nothing was changed.
        ContextDeletedError: the context was deleted outside this stack.
        ResourceInitFailedError: the upload failed and the stored content is unknown. Raised only if the session records
            unfinished operations.
        AGBError: the content could not be uploaded.
    """
    old = file_state(outputs)
    settings = recorded_as(CheckedFile, inputs)
    cleared = inputs.get("contextGeneration") not in (None, old.context_generation)
    if (inputs["size"], inputs["sha256"]) == (old.size, old.sha256) and not cleared:
        return outputs_of(session, inputs, account=old.account)
    try:
        wait_changeable(session, old.context_id, settings)
        upload(session, inputs)
    except NotFoundError as error:
        session.refuse_another_account(old.context_id, old.account, error)
        raise messages.context_deleted(old.context_id, error.request_id) from error
    except AGBError as failure:
        if session.records_unfinished:
            unknown = old.model_copy(update={"sha256": CHANGED})
            raise ResourceInitFailedError(
                file_id(old.context_id, old.path), unknown.on_wire(), str(failure)
            ) from failure
        raise
    return outputs_of(session, inputs)
