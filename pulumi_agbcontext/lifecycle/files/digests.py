"""Size and digest of what is stored."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from pulumi_agbcontext.errors import NotFoundError
from pulumi_agbcontext.lifecycle.provider.session import Session

_DOWNLOADS_AT_ONCE = 8  # hashing, not waiting, is the limit of a content check


def digests(session: Session, context_id: str, paths: Iterable[str]) -> dict[str, tuple[int, str] | None]:
    """Read files and keep size and digest of each; None for one that does not exist.

    Args:
        session: the API and what the process shares.
        context_id: the API's id.
        paths: absolute paths within the context.
    """

    def read(path: str) -> tuple[int, str] | None:
        try:
            return session.contexts.transfers.digest(context_id, path)
        except NotFoundError:
            return None

    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:  # under the deadlines of the caller
        reading = {path: pool.submit(copy_context().run, read, path) for path in paths}
        return {path: future.result() for path, future in reading.items()}
