"""Status lines that the engine displays during an operation, and the result lines of the commands."""

from __future__ import annotations

from pulumi_agbcontext.messages.file_names import count_of
from pulumi_agbcontext.messages.sizes import in_unit, readable, unit_for
from pulumi_agbcontext.redaction import printable


def uploading(
    name: str,
    files: int,
    all_files: int,
    size: int,
    whole_size: int,
    seconds: float,
    remaining_seconds: float | None,
) -> str:
    """Return the progress of an upload.

    Args:
        name: logical name of the context, or its id.
        files: number of files stored.
        all_files: number of files to store.
        size: number of bytes sent.
        whole_size: number of bytes to send.
        seconds: elapsed seconds.
        remaining_seconds: estimated remaining seconds; None if unknown.
    """
    unit, unit_name = unit_for(whole_size)
    sizes = f"{in_unit(size, unit)} of {in_unit(whole_size, unit)} {unit_name}"
    rate = f"{files / seconds:,.0f} files" if files >= seconds else readable(size / seconds)
    remaining = "" if remaining_seconds is None else f", about {remaining_seconds:.0f} s remaining"
    noun = "file" if all_files == 1 else "files"
    return f"{printable(name)}: uploading {files:,} of {all_files:,} {noun}, {sizes} ({rate}/s{remaining})"


def waiting_for_sessions(context_id: str) -> str:
    """Return the status of an operation that waits until no session uses the context."""
    return f"waiting until no session uses context {context_id}"


def still_clearing(context_id: str) -> str:
    """Return the status of a delete that no longer waits for a running clear."""
    return f"context {context_id} is still being cleared; deleting it anyway"


INTERRUPTED = "Interrupted. Run the same command again to continue."


def downloaded(context_id: str, directory: str, files: int, size: int, unchanged: int, missing: int) -> str:
    """Return the result of the command `download`.

    Args:
        context_id: id of the context.
        directory: path of the local directory.
        files: number of downloaded files.
        size: number of downloaded bytes.
        unchanged: number of files that were already downloaded.
        missing: number of files that the API listed and the object store does not have.
    """
    text = f"Downloaded {count_of(files)} ({readable(size)}) from context {context_id} to {printable(directory)}."
    text += f" {count_of(unchanged)} already up to date." if unchanged else ""
    return text + (f" {count_of(missing)} listed but deleted in the meantime." if missing else "")


def uploaded(directory: str, context_id: str, files: int, size: int, unchanged: int) -> str:
    """Return the result of the command `upload`.

    Args:
        directory: path of the local directory.
        context_id: id of the context.
        files: number of uploaded files.
        size: number of uploaded bytes.
        unchanged: number of files that were already stored.
    """
    text = f"Uploaded {count_of(files)} ({readable(size)}) from {printable(directory)} to context {context_id}."
    return text + (f" {count_of(unchanged)} already up to date." if unchanged else "")
