"""Summaries of how a plan changes the data in a context, and warnings before data is erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pulumi_agbcontext.messages.file_names import count_of, named
from pulumi_agbcontext.messages.sizes import readable

_SAME_ACCOUNT = (
    "The last update used another API key or endpoint. If that was another account, the update fails without changing "
    "anything"
)


def plan(name: str, clauses: Iterable[str], *, another_account: bool) -> str:
    """Return the summary of one resource.

    Args:
        name: logical name of the resource.
        clauses: what will happen; empty clauses are omitted.
        another_account: whether the last update used another API key or endpoint.
    """
    line = f"{name}: {'; '.join(clause for clause in clauses if clause)}"
    return f"{line}. {_SAME_ACCOUNT}." if another_account else line


def erases_all(action: str, reason: str, *, certain: bool) -> str:
    """Return the clause for a plan that erases all data in the context, including files of other programs."""
    erasure = f"ALL DATA IN THE CONTEXT {'WILL' if certain else 'MAY'} BE ERASED"
    return f"{erasure}: {action}" + (f" ({reason})" if reason else "")


UNLESS_OTHERS = "refused if it contains files that this resource did not seed, because `force_destroy` is false"
CLEARED_IN_PLACE = "it will be cleared and keeps its id"
REPLACED = "it will be deleted and recreated with a new id"


MAY_ADOPT = "if the context exists, it will be adopted, and its files at these paths will be overwritten"


def changed(properties: Sequence[str], *, certain: bool) -> str:
    """Return the reason for an erasure.

    Args:
        properties: names of the properties whose change erases the data; none if the engine decided.
        certain: whether the new values are known.
    """
    if not properties:
        return ""
    verb = "changed" if certain else "are not known yet" if len(properties) > 1 else "is not known yet"
    return f"{' and '.join(f'`{name}`' for name in properties)} {verb}"


def renamed(name: str) -> str:
    """Return the clause for a rename in place."""
    return f"it will be renamed to '{name}' and keeps its id"


def files(changes: Sequence[tuple[str, int, Sequence[str]]], size: int, unknown: int) -> str:
    """Return the clause for the files of one resource.

    Args:
        changes: for each group of files, the change, the number of files and the paths to name.
        size: total size in bytes of the files to upload whose content is known.
        unknown: number of files to upload whose content is not known yet.
    """
    groups = [
        f"{count_of(count)} {action}" + (f" ({named(paths, count)})" if paths else "")
        for action, count, paths in changes
        if count
    ]
    uploads = [f"{readable(size)} to upload"] if size else []
    uploads += [f"{count_of(unknown)} not known yet"] if unknown else []
    return ", ".join([*groups, *uploads]) or "no files"


TO_ADD, TO_OVERWRITE, TO_DELETE, UNCHANGED = "to add", "to overwrite", "to delete", "unchanged"
OTHERS_KEPT = "other files in the context are kept"
OTHERS_KEPT_FOR_NOW = "other files in the context are kept until a refresh records them"
_UNMANAGED_NAMES = 20  # maximum number of paths of unmanaged files in a line


def unmanaged_to_delete(paths: Sequence[str]) -> str:
    """Return the clause for unmanaged files that an exclusive resource deletes."""
    count = len(paths)
    return f"{_unmanaged(count)} to delete ({named(paths, count, _UNMANAGED_NAMES)})" if paths else ""


def unmanaged_kept(count: int) -> str:
    """Return the clause for unmanaged files that the refresh of the same run found."""
    return f"{_unmanaged(count)} found by this refresh, which the next `pulumi up` deletes" if count else ""


def unmanaged_files_found(name: str, paths: Sequence[str], more: int) -> str:
    """Return the warning about files that this resource did not seed, found by a refresh.

    Args:
        name: name of the resource.
        paths: paths of the recorded files.
        more: number of files that were found but not recorded; zero or less if all were recorded.
    """
    count = len(paths)
    remaining = f" {more:,} more will be recorded by a later refresh." if more > 0 else ""
    return (
        f"{name}: found {_unmanaged(count)} ({named(paths, count, _UNMANAGED_NAMES)}). Because `exclusive` is set, "
        f"the next `pulumi up` deletes those that have not changed by then.{remaining} To keep a file, add its path to "
        "`ignore_files`."
    )


def changed_files_kept(name: str, paths: Sequence[str]) -> str:
    """Return the warning about unmanaged files that changed after a refresh recorded them."""
    count = len(paths)
    return (
        f"{name}: kept {_unmanaged(count)} ({named(paths, count, _UNMANAGED_NAMES)}), which changed after the last "
        "refresh. To delete them, run `pulumi refresh`, then `pulumi up`."
    )


def left_out(entries: int) -> str:
    """Return the clause for local files and directories that are hidden, excluded or ignored."""
    entry = "1 local entry" if entries == 1 else f"{entries:,} local entries"
    return f"{entry} not uploaded (hidden, excluded or ignored)" if entries else ""


FILES_UNKNOWN = "files not known yet"


def hidden_files_kept(name: str, files: int, paths: Sequence[str]) -> str:
    """Return the warning about hidden files that an earlier release seeded from directories.

    Args:
        name: logical name of the resource.
        files: number of files, including secret files.
        paths: paths of the files that are not secret.
    """
    kind = "1 hidden file" if files == 1 else f"{files:,} hidden files"
    names = f" ({named(paths, files)})" if paths else ""
    return (
        f"{name}: keeping {kind} that release 0.1 uploaded{names}. Set `include_hidden=True` to keep uploading hidden "
        "files, or `include_hidden=False` to delete them from the context."
    )


def clearing(name: str, context_id: str, files: int) -> str:
    """Return the warning before a clear in place.

    Args:
        name: name of the context.
        context_id: id of the context.
        files: number of files that will be uploaded afterwards.
    """
    return (
        f"Erasing all data in context '{name}' ({context_id}), because `clear_triggers` changed; {count_of(files)} "
        "will be uploaded afterwards"
    )


def deleting(name: str, context_id: str) -> str:
    """Return the warning before a delete."""
    return f"Deleting context '{name}' ({context_id}) with all data in it"


def _unmanaged(count: int) -> str:
    return "1 unmanaged file" if count == 1 else f"{count:,} unmanaged files"
