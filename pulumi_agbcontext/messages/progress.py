"""Lines of live status, which the engine displays during an operation."""

from __future__ import annotations

from pulumi_agbcontext.redaction import printable

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


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
    unit, unit_name = _unit(whole_size)
    sizes = f"{_in(unit, size)} of {_in(unit, whole_size)} {unit_name}"
    rate_unit, rate_name = _unit(size / seconds)
    rate = f"{files / seconds:,.0f} files" if files >= seconds else f"{_in(rate_unit, size / seconds)} {rate_name}"
    remaining = "" if remaining_seconds is None else f", about {remaining_seconds:.0f} s remaining"
    noun = "file" if all_files == 1 else "files"
    return f"{printable(name)}: uploading {files:,} of {all_files:,} {noun}, {sizes} ({rate}/s{remaining})"


def still_clearing(context_id: str) -> str:
    """Return the status of a delete that no longer waits for a running clear."""
    return f"context {context_id} is still being cleared; deleting it anyway"


def _unit(size: float) -> tuple[int, str]:
    """Return the unit for a number of bytes, as its bytes and its name."""
    return next((unit for unit in _UNITS if size >= unit[0]), (1, "B"))


def _in(unit: int, size: float) -> str:
    return f"{size / unit:,.1f}" if unit > 1 else f"{size:,.0f}"
