"""Errors of resources that conflict with another resource in the same program."""

from __future__ import annotations

from pulumi_agbcontext import errors
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.messages.age import age


def two_owners(context_id: str, path: str, other: str, *, exclusive: bool = False) -> errors.ContextFileExistsError:
    """Two resources in one program declare the same context or the same file.

    Args:
        context_id: id of the context.
        path: absolute path in the context; empty if both declare the context.
        other: logical name of the other resource.
        exclusive: whether one of them is exclusive in a directory that contains the file.
    """
    subject = f"{path} in context {context_id}" if path else f"context {context_id}"
    if exclusive:
        return errors.ContextFileExistsError(
            f"Cannot manage {subject}",
            cause=f"this resource or resource '{other}' in this program sets `exclusive` for a directory that "
            "contains it",
            remedy="Declare the file in the exclusive resource, or add a pattern for it to `ignore_files` there.",
        )
    return errors.ContextFileExistsError(
        f"Cannot manage {subject}",
        cause=f"resource '{other}' in this program already manages it",
        remedy="Remove it from one of the two resources.",
    )


def context_to_be_replaced(
    name: str, context_id: str, created_at: str | None, holder: str
) -> errors.ContextExistsError:
    """The name belongs to the context that is being replaced, or to another resource in the program.

    Args:
        name: name of the context.
        context_id: id of the context.
        created_at: creation time of the context, in the API's format.
        holder: logical name of the other resource, or an empty string.
    """
    subject = f"Context '{name}' already exists ({context_id}, {age(created_at)})"
    cause, remedy = _still_held(holder, "that context")
    return errors.ContextExistsError(subject, cause=cause, remedy=remedy)


def file_to_be_replaced(context_id: str, path: str, holder: str) -> errors.ContextFileExistsError:
    """The path belongs to the file that is being replaced, or to another resource in the program.

    Args:
        context_id: id of the context.
        path: absolute path in the context.
        holder: logical name of the other resource, or an empty string.
    """
    subject = f"{path} already exists in context {context_id}"
    cause, remedy = _still_held(holder, "that file")
    return errors.ContextFileExistsError(subject, cause=cause, remedy=remedy)


def _still_held(holder: str, subject: str) -> tuple[str, str]:
    """Return the cause and the remedy for a create that would take over what another resource still manages."""
    if holder:
        return (
            f"resource '{holder}' in this program still manages it",
            f"Add '{holder}' to the resource option `depends_on`, so that it releases {subject} first.",
        )
    return (
        causes.STILL_HELD,
        "Set the resource option `delete_before_replace`. If it is set, an earlier `pulumi up` was interrupted after "
        f"its delete: delete {subject}, then run `pulumi up` again.",
    )
