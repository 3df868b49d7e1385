"""Errors of guards, which enforce limits set by the program and reject changes that would lose data."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_agbcontext import errors
from pulumi_agbcontext.messages.file_names import count_and_names


def too_many_deletes(name: str, paths: Sequence[str], deletes: int, limit: int) -> errors.TooManyDeletesError:
    """The update would delete more files than `max_deletes` permits.

    Args:
        name: logical name of the resource.
        paths: paths of the files that are not secret.
        deletes: number of files to delete, including secret files.
        limit: maximum number of files to delete.
    """
    return errors.TooManyDeletesError(
        f"Refused to update '{name}'",
        cause=f"the update would delete {count_and_names(paths, deletes)}, and `max_deletes` is {limit:,}",
        remedy="Check the preview. To accept the deletes, increase `max_deletes`.",
    )


def context_in_use(context_id: str) -> errors.ContextInUseError:
    """A session is using the context, and `when_in_use` is `fail`."""
    return errors.ContextInUseError(
        f"Refused to change context {context_id}",
        cause="a session is using it, and `when_in_use` is 'fail'",
        remedy="Try again after the session has ended, or set `when_in_use` to 'wait' or 'proceed'.",
    )


def context_not_empty(name: str, context_id: str, paths: Sequence[str]) -> errors.ContextNotEmptyError:
    """The context contains files that this resource did not seed, and `force_destroy` is false.

    Args:
        name: name of the context.
        context_id: id of the context.
        paths: paths of those files.
    """
    return errors.ContextNotEmptyError(
        f"Refused to erase context '{name}' ({context_id})",
        cause=f"it contains {count_and_names(paths, len(paths))} that this resource did not seed",
        remedy="Move or delete the files. To erase them, set `force_destroy=True`, run `pulumi up` with no other "
        "changes, then try again.",
    )


def larger_than_allowed(context_id: str, path: str, size: int, limit: int) -> errors.FileTooLargeError:
    """The file is larger than `max_size`.

    Args:
        context_id: id of the context.
        path: absolute path in the context.
        size: size of the file in bytes.
        limit: maximum size in bytes.
    """
    return errors.FileTooLargeError(
        f"Could not read {path} from context {context_id}",
        cause=f"its size is {size:,} bytes, and `max_size` is {limit:,}",
        remedy="Increase `max_size`, or use `get_context_file_download_url`.",
    )
