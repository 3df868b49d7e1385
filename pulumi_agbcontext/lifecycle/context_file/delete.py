"""Delete operation for files in a context."""

from __future__ import annotations

from pulumi_agbcontext.client.api.replica_lag import confirm_not_found
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.context_file.model import file_state
from pulumi_agbcontext.lifecycle.files.readiness import wait_unused
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


def delete(session: Session, resource: Resource | None, resource_id: str, outputs: Properties) -> None:
    """Delete a file. Deleting a file that no longer exists, or whose context no longer exists, succeeds.

    Raises:
        AnotherAccountError: the context was not found, but another account created the file.
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`; nothing was changed.
        AGBError: the file could not be deleted.
    """
    old = file_state(outputs)
    if session.declared.is_kept(resource_id):
        return  # another resource of the program now manages it
    try:
        confirm_not_found(lambda: wait_unused(session, old.context_id, old))
        session.contexts.transfers.delete_many(old.context_id, [old.path])
    except NotFoundError as error:
        session.refuse_another_account(old.context_id, old.account, error)
    session.declared.ended(resource_id, resource_id)
