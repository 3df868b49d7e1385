"""Downloads from a context, which are written and hashed as they are received."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from pulumi_agbcontext import messages
from pulumi_agbcontext.redaction import printable

LARGEST = 64 << 30  # bytes; a larger download is treated as endless, because one upload stores at most a tenth of that


@dataclass(frozen=True)
class Downloaded:
    """A file that was downloaded completely.

    Attributes:
        size: size in bytes.
        sha256: SHA-256 of the content, as hex digits; computed from the received bytes.
        version: version of the file, as returned by `Transfers.versions`.
    """

    size: int
    sha256: str = field(repr=False)
    version: str


@dataclass(frozen=True)
class Download:
    """A file to download.

    Args:
        path: absolute path within the context.
        open: opens the target, empty; called once per attempt, in any thread.
        keep: called in a worker thread once the target is complete and closed.
    """

    path: str
    open: Callable[[], BinaryIO] = field(repr=False)
    keep: Callable[[Downloaded], None] = field(repr=False)


class Writer:
    """Reader that writes the content of a file to a target and returns its size and digest.

    Args:
        target: the open target; closed by `result` and by `close`.
        path: absolute path within the context, for errors.
        action: description of the download for errors.
    """

    def __init__(self, target: BinaryIO, path: str, action: str) -> None:
        self._target = target
        self._path = path
        self._action = action
        self._digest = hashlib.sha256()
        self._size = 0
        self._failure: OSError | None = None

    def receive(self, piece: bytes) -> bool:
        """Write a chunk; return False if that fails."""
        self._size += len(piece)
        if self._size > LARGEST:
            return False
        try:
            self._target.write(piece)
        except OSError as error:  # an HTTP library would treat it as a connection failure
            self._failure = error
            return False
        self._digest.update(piece)
        return True

    def result(self) -> tuple[int, str]:
        """Close the target and return the size and the digest.

        Raises:
            FileTooLargeError: the file is larger than 64 GiB.
            AGBError: the target could not be written.
        """
        if self._size > LARGEST:
            raise messages.file_too_large(self._action, LARGEST)
        self.close()
        if self._failure is not None:
            raise messages.not_accessible(printable(self._path), self._failure.strerror or type(self._failure).__name__)
        return self._size, self._digest.hexdigest()

    def close(self) -> None:
        """Close the target, and record a failure to write the rest of the content."""
        try:
            self._target.close()
        except OSError as error:
            self._failure = self._failure or error
