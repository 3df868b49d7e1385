"""Errors and warnings of operations on resources."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_agbcontext import errors
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.messages.age import age
from pulumi_agbcontext.messages.file_names import named
from pulumi_agbcontext.messages.quoted import clause_of
from pulumi_agbcontext.redaction import redact

_LONGEST_NAME = 80  # characters of a name from an owner record


def context_exists(
    name: str, context_id: str, created_at: str | None, owner: str = "", cause: str = ""
) -> errors.ContextExistsError:
    """The name belongs to a context that this resource does not own.

    Args:
        name: name of the context.
        context_id: id of the context.
        created_at: creation time of the context, in the API's format.
        owner: owner of the context, or an empty string.
        cause: additional information about the context.
    """
    owned = f" and belongs to {owner}" if owner else ""
    return errors.ContextExistsError(
        f"Context '{name}' already exists ({context_id}, {age(created_at)}){owned}",
        cause=cause,
        remedy="Set `adopt=True` to manage the context and its files (a later destroy deletes them), choose another "
        "name, or delete the context.",
    )


def context_was_left(name: str, context_id: str, owner: str) -> errors.ContextExistsError:
    """The context to replace belongs to another owner, so the provider neither deleted nor adopted it."""
    return errors.ContextExistsError(
        f"Context '{name}' ({context_id}) cannot be replaced",
        cause=f"it belongs to {owner}" if owner else "another resource in this program manages it",
        remedy="Choose another name. To take over the context, set `adopt=True` and run `pulumi up` again.",
    )


def unusable_record_exists(name: str, context_id: str, created_at: str | None, cause: str) -> errors.ContextExistsError:
    """The name belongs to a context whose owner record cannot be parsed."""
    return errors.ContextExistsError(
        f"Context '{name}' already exists ({context_id}, {age(created_at)}), and its owner record cannot be used",
        cause=cause,
        remedy="Choose another name, or delete the context. To manage it without an owner record, set `adopt=True` "
        "and `owner_record=False`.",
    )


def owner(project: str, stack: str, resource: str) -> str:
    """The owner of a context. The names in an owner record are untrusted, so they are sanitized and shortened."""
    project, stack, resource = (_shown(name) for name in (project, stack, resource))
    return f"resource '{resource}' of stack {stack} in project {project}"


def _shown(name: str) -> str:
    plain = redact("".join(c if c.isprintable() else "?" for c in name), _LONGEST_NAME)
    return plain or "(unnamed)"


def owned_elsewhere(name: str, context_id: str, owner: str) -> errors.ContextOwnedElsewhereError:
    """The owner record of the context names another owner, or was deleted while this program was writing it.

    Args:
        name: name of the context.
        context_id: id of the context.
        owner: owner of the context, or an empty string if the record was deleted.
    """
    error = errors.ContextOwnedElsewhereError(
        f"Context '{name}' ({context_id}) belongs to another owner",
        cause=f"its owner record names {owner}" if owner else causes.RECORD_VANISHED,
        remedy="To stop managing it in this stack, run `pulumi state delete <urn>`. To take it over again, run that "
        "command first, then set `adopt=True` and run `pulumi up`.",
    )
    error.owner = owner
    return error


def cleared_meanwhile(name: str, context_id: str) -> errors.ClearedMeanwhileError:
    """Another program cleared the context, including its owner record, while it was being seeded."""
    return errors.ClearedMeanwhileError(
        f"Context '{name}' ({context_id}) was cleared by another program while it was being changed",
        remedy="Run `pulumi up --refresh` to upload the missing files. If `drift_check` is 'none', set it to 'size' "
        "first.",
    )


def engine_exited(name: str, context_id: str) -> errors.AGBError:
    """The engine that started the update has exited, so the provider stops deleting data."""
    return errors.AGBError(
        f"Stopped updating context '{name}' ({context_id})",
        cause="the engine that started this update has exited, and another update may have started",
        remedy="Run `pulumi up` again.",
    )


def not_known_to_be_ours(name: str, context_id: str, owner: str) -> errors.ContextOwnedElsewhereError:
    """The context has an owner record, but the state was written by release 0.1 and does not contain the owner id."""
    return errors.ContextOwnedElsewhereError(
        f"Cannot delete context '{name}' ({context_id})",
        cause=f"its owner record names {owner}, and the state written by release 0.1 does not record whether that is "
        "the same resource",
        remedy="If it is the same resource, run `pulumi up`, then delete it. If not, run `pulumi state delete <urn>`.",
    )


def left_to_its_owner(name: str, context_id: str, owner: str) -> str:
    """The delete skipped the context because it belongs to another owner."""
    return (
        f"Context '{name}' ({context_id}) was not deleted: it belongs to {owner}. It was only removed from this "
        "stack's state."
    )


def taken_over(name: str, context_id: str, owner: str) -> str:
    """The imported or adopted context belonged to another owner."""
    return f"Context '{name}' ({context_id}) was taken over by this stack; it previously belonged to {owner}."


def owner_record_unusable(name: str, context_id: str, cause: str) -> errors.OwnerRecordError:
    """The owner record of the context cannot be parsed, so nothing was changed."""
    return errors.OwnerRecordError(
        f"Cannot use the owner record /.agbcontext-owner.json of context '{name}' ({context_id})",
        cause=cause,
        remedy="Check who uses the context. To manage it without an owner record, first set `owner_record=False` and "
        "run `pulumi up` with no other changes.",
    )


def foreign_files(context_id: str, paths: Sequence[str]) -> errors.ContextFileExistsError:
    """Files newly added to `files` already exist in the context with different content."""
    exist, are, it = ("exists", "is", "it") if len(paths) == 1 else ("exist", "are", "them")
    return errors.ContextFileExistsError(
        f"{named(paths, len(paths), 1)} already {exist} in context {context_id} but {are} not recorded in the state",
        cause=f"another program or a failed update may have written {it}",
        remedy=f"Set `overwrite_files=True` to overwrite {it}, choose another path, or delete the file.",
    )


def file_exists(context_id: str, path: str, cause: str) -> errors.ContextFileExistsError:
    """The path belongs to a file that this resource does not own."""
    return errors.ContextFileExistsError(
        f"{path} already exists in context {context_id}",
        cause=cause,
        remedy="Set `overwrite_on_create=True` to overwrite it, choose another path, or delete the file.",
    )


def unknown_create(name: str, error: errors.UnreachableError) -> errors.UnreachableError:
    """The create request received no usable response, so the context may exist."""
    return errors.UnreachableError(
        f"Could not confirm whether context '{name}' was created",
        cause=error.cause,
        request_id=error.request_id,
        http_status=error.http_status,
        remedy="Run `pulumi up` again. If that fails because the context exists, is empty and has no owner record, set "
        "`adopt=True`.",
    )


def incomplete_create(
    name: str, context_id: str, failure: Exception, kept_because: str
) -> errors.IncompleteCreateError:
    """The create failed and could not be rolled back, so the context still exists."""
    return errors.IncompleteCreateError(
        f"Could not finish creating context '{name}' ({context_id})",
        cause=clause_of(failure),
        remedy=f"The context was kept because {kept_because}. Run `pulumi up` again. If that fails because the "
        "context exists, check its contents, then delete it or set `adopt=True`.",
    )


def another_account(context_id: str, request_id: str) -> errors.AnotherAccountError:
    """The context was not found. It was created with another endpoint or API key, possibly in another account."""
    return errors.AnotherAccountError(
        f"Context {context_id} was not found in this account",
        cause="it was created with another endpoint or API key, so it may still exist",
        request_id=request_id,
        remedy="Set the endpoint and API key of the account that created it. If that account no longer exists, remove "
        "the resource with `pulumi state delete <urn>`.",
    )


def context_deleted(context_id: str, request_id: str) -> errors.ContextDeletedError:
    """The context was deleted outside this stack before the update."""
    return errors.ContextDeletedError(
        f"Could not update context {context_id}",
        cause="it was deleted outside this stack",
        request_id=request_id,
        remedy="Run `pulumi up --refresh` to create and seed it again.",
    )


def malformed_state(faults: Sequence[str]) -> errors.MalformedStateError:
    """The recorded properties of the resource have the wrong types.

    Args:
        faults: one clause per property, without the value, which may be a secret.
    """
    others = f"; and {len(faults) - 3:,} more" if len(faults) > 3 else ""
    return errors.MalformedStateError(
        "Cannot read the recorded properties of this resource",
        cause="; ".join(faults[:3]) + others,
        remedy="Correct them with `pulumi stack export` and `pulumi stack import`, or remove the resource from the "
        "state with `pulumi state delete <urn>`.",
    )


def source_changed(path: str) -> errors.SourceChangedError:
    """A local file changed between the check and the upload."""
    return errors.SourceChangedError(
        f"The source of {path} changed during the update and was not uploaded", remedy="Run `pulumi up` again."
    )


def source_unreadable(path: str, cause: str) -> errors.SourceChangedError:
    """A local file can no longer be read."""
    return errors.SourceChangedError(
        f"Cannot read the source of {path}",
        cause=cause,
        remedy="Restore the file or make it readable, then run `pulumi up` again.",
    )


def content_unknown(path: str) -> errors.SourceChangedError:
    """The file changed outside this stack, but `ignore_changes` excludes the content that would restore it."""
    return errors.SourceChangedError(
        f"Could not upload {path}",
        cause="it changed outside this stack, and `ignore_changes` excludes the content in the program",
        remedy="Remove `files` from `ignore_changes`.",
    )


def invalid_context_id(context_id: str) -> errors.InvalidIdError:
    """The id of a context to import or to read is malformed, or is the name of a context."""
    return errors.InvalidIdError(
        f"Invalid context id '{context_id}'",
        remedy="Use the id of the context, for example SdkCtx-04ml3r7wphp8nq2la, not its name.",
    )


def invalid_file_id(file_id: str) -> errors.InvalidIdError:
    """The id of a file to import or to read is malformed."""
    return errors.InvalidIdError(
        f"Invalid file id '{file_id}'",
        remedy="Use `<context id>/<path>` without the leading slash of the path, for example "
        "SdkCtx-04ml3r7wphp8nq2la/data/report.txt.",
    )


def invalid_query(cause: str) -> errors.AGBError:
    """The query for a list is malformed.

    Args:
        cause: the invalid properties, or the reason why the list cannot be continued.
    """
    return errors.AGBError("Invalid query", cause=cause, remedy="Correct the query, then run the command again.")


def invalid_directory_id(directory_id: str) -> errors.InvalidIdError:
    """The id of a directory to import or to read is malformed."""
    return errors.InvalidIdError(
        f"Invalid directory id '{directory_id}'",
        remedy="Use `<context id>/<path>/` without the leading slash of the path, for example "
        "SdkCtx-04ml3r7wphp8nq2la/data/.",
    )


def too_large_to_import(context_id: str, path: str, size: int, limit: int) -> errors.TransferError:
    """The file is too large to be imported as `content`.

    Args:
        context_id: id of the context.
        path: absolute path in the context.
        size: size of the file in bytes.
        limit: maximum size in bytes.
    """
    return errors.TransferError(
        f"Cannot import {path} from context {context_id}",
        cause=f"its size is {size:,} bytes, and the maximum for `content` is {limit:,}",
        remedy="Declare it with `source` and `overwrite_on_create=True` instead.",
    )
