"""Seed a directory in a separate process and print the memory above idle: `memory <endpoint> <directory>`."""

from __future__ import annotations

import gc
import json
import sys
import threading
from pathlib import Path

from benchmarks import ours
from benchmarks.measure import forget_peak, peak_resident, resident
from pulumi_agbcontext.client.http import implementation


def main(endpoint: str, directory: str) -> None:
    """Seed the directory and print the result."""
    source = Path(directory)
    named = ours.named(sorted(source.iterdir())) if source.is_dir() else ours.named_archive(source)
    session = ours.open_session(endpoint, library=implementation())
    session.contexts.get_file_upload_url("SdkCtx-idle", "/idle")
    gc.collect()
    forget_peak()
    idle = resident()
    ended = threading.Event()
    counts = [0]
    watching = threading.Thread(target=_count_descriptors, args=(counts, ended))
    watching.start()
    ours.seed_files(session, named)
    ended.set()
    watching.join()
    sys.stdout.write(json.dumps({"memory": peak_resident() - idle, "descriptors": max(counts)}))


def _count_descriptors(counts: list[int], ended: threading.Event) -> None:
    while not ended.wait(0.05):
        counts.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    main(*sys.argv[1:])
