"""Blocking calls in threads, outside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def in_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    """Run a function in a thread. Even if the task is cancelled, it waits until the function returns.

    Otherwise, the caller could close or remove a file that the thread uses.

    Args:
        work: function to run.
        *arguments: arguments of the function.

    Returns:
        The result of the function.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # asyncio logs an exception that is never retrieved
        raise
