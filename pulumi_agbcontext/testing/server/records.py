"""What the server was asked: the request log that tests assert on."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass


@dataclass(slots=True)
class RequestRecord:
    """One request, in order of arrival; it holds no key, no signature and no content.

    Args:
        operation: the API's operation, `Upload` or `Download`; `Unknown` for what the API does not have.
        account: the label of the key's account, empty where no usable key came.
        path: the file's path in its context, empty for operations without one.
        size: bytes of content announced by an upload, or sent by a download.
        status: HTTP status of the answer, 0 while and where none was sent.
        context: the context's id, empty for operations without one.
        authorized: whether the request carried an `Authorization` header; on a presigned URL that is a leaked key.
    """

    operation: str
    account: str
    path: str = ""
    size: int = 0
    status: int = 0
    context: str = ""
    authorized: bool = False


class RequestLog:
    """The records since the last reset, safe to read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[RequestRecord] = []

    def add(self, record: RequestRecord) -> RequestRecord:
        """Append a record and hand it back, to be completed when the answer is known."""
        with self._lock:
            self._records.append(record)
        return record

    def snapshot(self) -> list[RequestRecord]:
        """The records so far, in order of arrival."""
        with self._lock:
            return list(self._records)

    def clear(self) -> None:
        """Forget all records."""
        with self._lock:
            self._records = []


def account_label(api_key: str) -> str:
    """Name an account by its key without naming the key.

    Args:
        api_key: any non-empty key; every key is an account of its own.

    Returns:
        16 hexadecimal digits, stable over restarts.
    """
    return hashlib.sha256(b"agb-account:" + api_key.encode()).hexdigest()[:16]
