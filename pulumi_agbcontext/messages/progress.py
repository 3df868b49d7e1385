"""Lines of live status, which the engine displays during an operation."""

from __future__ import annotations

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
