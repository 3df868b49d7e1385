"""Seed a folder in a process of its own and print by how many bytes it grew over idle: `memory <endpoint> <folder>`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from benchmarks import ours
from benchmarks.measure import forget_peak, peak_resident, resident


def main(endpoint: str, folder: str) -> None:
    """Seed and print."""
    files = sorted(Path(folder).iterdir())
    session, named = ours.open_session(endpoint), ours.named(files)
    session.contexts.get_file_upload_url("SdkCtx-idle", "/idle")
    gc.collect()
    forget_peak()
    idle = resident()
    ours.seed_files(session, named)
    sys.stdout.write(f"{peak_resident() - idle}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
