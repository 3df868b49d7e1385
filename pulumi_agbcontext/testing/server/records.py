"""Request log of the server, for assertions in tests."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass


@dataclass(slots=True)
class RequestRecord:
    """Received request, without its key, signature and content.

    Args:
        operation: operation of the API, `Upload` or `Download`; `Unknown` for other requests.
        account: label of the account; empty without a valid key.
        path: path of the file within its context; empty for operations without a file.
        size: size of the content in bytes, as announced by an upload or sent by a download.
        status: HTTP status of the response; 0 if no response was sent.
        context: ID of the context; empty for operations without a context.
        authorized: whether the request had an `Authorization` header, which leaks the key on a presigned URL.
    """

    operation: str
    account: str
    path: str = ""
    size: int = 0
    status: int = 0
    context: str = ""
    authorized: bool = False


class RequestLog:
    """Requests since the last reset; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[RequestRecord] = []

    def add(self, record: RequestRecord) -> RequestRecord:
        """Add a record and return it, so that the caller can set the status later."""
        with self._lock:
            self._records.append(record)
        return record

    def snapshot(self) -> list[RequestRecord]:
        """Return the records in order of arrival."""
        with self._lock:
            return list(self._records)

    def clear(self) -> None:
        """Remove all records."""
        with self._lock:
            self._records = []


def account_label(api_key: str) -> str:
    """Return a label for the account of a key, which does not reveal the key.

    Args:
        api_key: any non-empty key; every key has its own account.

    Returns:
        16 hexadecimal digits, which are the same after a restart.
    """
    return hashlib.sha256(b"agb-account:" + api_key.encode()).hexdigest()[:16]
