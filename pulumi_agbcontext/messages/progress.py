"""Lines of live status, which the engine displays during an operation."""

from __future__ import annotations


def uploading(
    files: int, all_files: int, size: int, whole_size: int, seconds: float, remaining_seconds: float | None
) -> str:
    """Return the progress of an upload.

    Args:
        files: number of files stored.
        all_files: number of files to store.
        size: number of bytes sent.
        whole_size: number of bytes to send.
        seconds: elapsed seconds.
        remaining_seconds: estimated remaining seconds; None if unknown.
    """
    remaining = "" if remaining_seconds is None else f", about {remaining_seconds:.0f} s remaining"
    return (
        f"seeding: {files:,} of {all_files:,} files, {_mebibytes(size)} of {_mebibytes(whole_size)} MiB, "
        f"{files / seconds:,.0f} files/s, {_mebibytes(size / seconds)} MiB/s{remaining}"
    )


def still_clearing(context_id: str) -> str:
    """Return the status of a delete that no longer waits for a running clear."""
    return f"context {context_id} is still being cleared; deleting it anyway"


def _mebibytes(size: float) -> str:
    return f"{size / (1 << 20):,.1f}"
