"""Progress bar of a transfer, if tqdm is installed and the command runs in a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Count = Callable[[int], None]
"""Callback that adds a number of transferred bytes; safe to call from any thread."""


@contextmanager
def progress_bar(action: str, size: int) -> Iterator[Count]:
    """Show a progress bar on stderr during a block.

    Args:
        action: description of the transfer, for example "Downloading".
        size: total size in bytes.

    Returns:
        Callback that adds transferred bytes.
    """
    try:
        from tqdm import tqdm
    except ImportError:  # the extra `commands` is not installed
        yield lambda _size: None
        return
    lock, left = threading.Lock(), size
    with tqdm(
        desc=action, total=size, unit="B", unit_scale=True, unit_divisor=1024, disable=not sys.stderr.isatty()
    ) as bar:

        def count(size: int) -> None:
            nonlocal left
            with lock:
                size = min(size, left)  # a retry transfers the same bytes again
                left -= size
                bar.update(size)

        yield count
