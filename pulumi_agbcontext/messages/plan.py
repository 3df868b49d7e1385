"""Lines about what a plan does to the data in a context, and warnings before data is erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_NAMES = 3  # most paths that a line names
_SAME_ACCOUNT = (
    "The last update used another API key or endpoint. If that was another account, the update fails without changing "
    "anything"
)


def plan(name: str, parts: Iterable[str], *, another_account: bool) -> str:
    """Return the summary of one context.

    Args:
        name: logical name of the resource.
        parts: clauses; empty ones are omitted.
        another_account: whether the last update used another API key or endpoint.
    """
    line = f"{name}: {', '.join(part for part in parts if part)}"
    return f"{line}. {_SAME_ACCOUNT}." if another_account else line


def erases_all(reason: str, *, certain: bool) -> str:
    """Return the clause for a plan that erases all data in the context, files of other programs included."""
    return f"ALL DATA IN THE CONTEXT {'WILL' if certain else 'MAY'} BE ERASED ({reason})"


def cleared_in_place(*, certain: bool) -> str:
    """Return the reason for a clear in place."""
    return f"`clear_triggers` {_change(1, certain)}, `clear_in_place`"


def replaced(properties: Sequence[str], *, certain: bool) -> str:
    """Return the reason for a replacement.

    Args:
        properties: names of the properties whose change replaces the context; none if the engine decided.
        certain: whether the new values are known.
    """
    if not properties:
        return "replacement"
    return f"{' and '.join(properties)} {_change(len(properties), certain)}, replacement"


def _change(count: int, certain: bool) -> str:
    if certain:
        return "changed"
    return "are not known yet" if count > 1 else "is not known yet"


def renamed(name: str) -> str:
    """Return the clause for a rename in place."""
    return f"renamed to '{name}' in place"


def uploads(files: int, size: int, unknown: int) -> str:
    """Return the clause for the files to upload.

    Args:
        files: number of files, of known and unknown content.
        size: total size of the files of known content, in bytes.
        unknown: number of files whose content is not known yet.
    """
    if not files:
        return ""
    details = f"{unknown:,} not known yet" if unknown == files else _size(size)
    if 0 < unknown < files:
        details += f" and {unknown:,} not known yet"
    return f"{_files(files)} to upload ({details})"


def deletes(files: int, paths: Sequence[str]) -> str:
    """Return the clause for the files to delete.

    Args:
        files: number of files, secret ones included.
        paths: paths of the files that are not secret.
    """
    if not files:
        return ""
    return f"{files:,} to delete" + (f" ({_named(paths, files)})" if paths else "")


def unchanged(files: int, *, alone: bool) -> str:
    """Return the clause for the files that do not change.

    Args:
        files: number of files.
        alone: whether no file is uploaded or deleted.
    """
    if alone:
        return f"{_files(files)} unchanged" if files else "no files to upload"
    return f"{files:,} unchanged" if files else ""


def left_out(entries: int) -> str:
    """Return the clause for the files and directories that are hidden, excluded or ignored."""
    return f"{entries:,} left out (hidden, excluded or ignored)" if entries else ""


FILES_UNKNOWN = "files not known yet"


def hidden_files_kept(name: str, paths: Sequence[str]) -> str:
    """Return the warning about hidden files in directories that an earlier release seeded.

    Args:
        name: logical name of the resource.
        paths: their paths.
    """
    kind = "1 hidden file" if len(paths) == 1 else f"{len(paths):,} hidden files"
    return (
        f"{name}: keeping {kind} that release 0.1 uploaded ({_named(paths, len(paths))}). Set `include_hidden=True` to "
        "keep uploading hidden files, or `include_hidden=False` to delete them from the context."
    )


def clearing(name: str, context_id: str) -> str:
    """Return the warning before a clear in place."""
    return f"Erasing all data in context '{name}' ({context_id}), because `clear_triggers` changed"


def deleting(name: str, context_id: str) -> str:
    """Return the warning before a delete."""
    return f"Deleting context '{name}' ({context_id}) with all data in it"


def _named(paths: Sequence[str], count: int) -> str:
    """Return the first paths, and how many files of a number they do not name."""
    named, others = ", ".join(paths[:_NAMES]), count - min(len(paths), _NAMES)
    return f"{named} and {others:,} more" if others else named


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _size(size: float) -> str:
    if size < 1024:
        return f"{size:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1024 or unit == "GiB":
            break
    return f"{size:,.1f} {unit}"
