"""Delete operation for directories, which deletes only the seeded files."""

from __future__ import annotations

from pulumi_agbcontext.client.api.replica_lag import confirm_not_found
from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.context_directory.change import require_engine
from pulumi_agbcontext.lifecycle.context_directory.model import location_of, state_of
from pulumi_agbcontext.lifecycle.files.readiness import wait_unused
from pulumi_agbcontext.lifecycle.properties import Properties
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session


def delete(session: Session, resource: Resource | None, resource_id: str, outputs: Properties) -> None:
    """Delete the seeded files of a directory. The context and all other files in it are kept.

    Deleting files that no longer exist, or whose context no longer exists, succeeds.

    Raises:
        AnotherAccountError: the context was not found, but another account created the files.
        ContextInUseError: a session uses the context, and `whenInUse` is `fail`; nothing was changed.
        AGBError: a file could not be deleted, or the engine has exited.
    """
    old = state_of(outputs)
    location = location_of(old)
    # Files that another resource of the program now declares are kept.
    keys = [key for key in old.seeded if not session.declared.is_kept(location.id(key))]
    try:
        confirm_not_found(lambda: wait_unused(session, location.context_id, old))
        require_engine(session, resource.name if resource else "", location)
        session.contexts.transfers.delete_many(location.context_id, [location.path(key) for key in keys])
    except NotFoundError as error:
        session.refuse_another_account(location.context_id, old.account, error)
    session.declared.ended(resource_id, resource_id)
