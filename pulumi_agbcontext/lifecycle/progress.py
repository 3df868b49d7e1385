"""Live progress of a long seeding: files, bytes, rate and what remains."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pulumi_agbcontext.client.upload import Upload

_EVERY_SECONDS = 1.0  # a short seeding stays silent; a long one speaks from its second second on


def seed_progress(show: Callable[[str], None], uploads: Sequence[Upload]) -> Callable[[int, int], None]:
    """Make the callback that a transfer calls as it goes on.

    Args:
        show: takes one line of live status.
        uploads: all that is to be uploaded, so that the total is known before the first byte.

    Returns:
        A function of the files and bytes sent so far.
    """
    files, size = len(uploads), sum(upload.size for upload in uploads)
    started = time.monotonic()
    shown_at = started

    def on_progress(files_sent: int, bytes_sent: int) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now - shown_at < _EVERY_SECONDS or files_sent >= files:
            return
        shown_at = now
        show(_line(files_sent, files, bytes_sent, size, now - started))

    return on_progress


def _line(files_sent: int, files: int, bytes_sent: int, size: int, seconds: float) -> str:
    share = bytes_sent / size if size else files_sent / files
    remaining = f", about {seconds / share - seconds:.0f} s remaining" if share > 0 else ""
    return (
        f"seeding: {files_sent:,} of {files:,} files, {_mebibytes(bytes_sent)} of {_mebibytes(size)} MiB, "
        f"{files_sent / seconds:,.0f} files/s, {_mebibytes(bytes_sent / seconds)} MiB/s{remaining}"
    )


def _mebibytes(size: float) -> str:
    return f"{size / (1 << 20):,.1f}"
