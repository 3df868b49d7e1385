"""Lines of live status, which the engine shows while an operation runs."""

from __future__ import annotations


def uploading(
    files: int, all_files: int, size: int, whole_size: int, seconds: float, remaining_seconds: float | None
) -> str:
    """Describe how far an upload of many files has come.

    Args:
        files: number of files stored.
        all_files: number of files to store.
        size: bytes sent.
        whole_size: bytes to send.
        seconds: since the beginning.
        remaining_seconds: until the end, as far as it can be estimated.
    """
    remaining = "" if remaining_seconds is None else f", about {remaining_seconds:.0f} s remaining"
    return (
        f"seeding: {files:,} of {all_files:,} files, {_mebibytes(size)} of {_mebibytes(whole_size)} MiB, "
        f"{files / seconds:,.0f} files/s, {_mebibytes(size / seconds)} MiB/s{remaining}"
    )


def still_clearing(context_id: str) -> str:
    """Describe a delete that no longer waits for a clear."""
    return f"context {context_id} is still being cleared; deleting it anyway"


def _mebibytes(size: float) -> str:
    return f"{size / (1 << 20):,.1f}"
