"""Sizes and digests of stored files."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.provider.session import Session

_DOWNLOADS_AT_ONCE = 8  # a content check is limited by hashing, not by latency


def digests(session: Session, context_id: str, paths: Iterable[str]) -> dict[str, tuple[int, str] | None]:
    """Return the size in bytes and the SHA-256 of each file, or None for a file that does not exist.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        paths: absolute paths in the context.
    """

    def read(path: str) -> tuple[int, str] | None:
        try:
            return session.contexts.transfers.digest(context_id, path)
        except NotFoundError:
            return None

    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:  # the copied context contains the deadlines of the caller
        reading = {path: pool.submit(copy_context().run, read, path) for path in paths}
        return {path: future.result() for path, future in reading.items()}
