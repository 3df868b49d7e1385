"""Record of a download, which contains the context and the downloaded files with their versions."""

from __future__ import annotations

import threading
import time

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pulumi_agbcontext.client import Downloaded
from pulumi_agbcontext.commands.local_directory import LocalDirectory

RECORD = ".agbcontext-download.json"
_EVERY_SECONDS = 1.0
_SHARE = 0.05  # maximum share of the time to spend on saving


class RecordedFile(BaseModel):
    """A downloaded file.

    Attributes:
        size: size in bytes.
        sha256: SHA-256 of the content, as hex digits.
        version: version that the object store reported.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    size: int
    sha256: str = Field(repr=False)
    version: str


class _Content(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    context: str = ""
    files: dict[str, RecordedFile] = Field(default_factory=dict, repr=False)


class DownloadRecord:
    """Record in the directory of a download; safe to share between threads.

    A malformed record, or the record of another context, is treated as empty. Unrecorded files are compared with the
    stored files by digest, so losing the record costs time but no data.

    Args:
        directory: the directory.
        context_id: id of the context.
    """

    def __init__(self, directory: LocalDirectory, context_id: str) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._save_at = 0.0
        try:
            self._content = _Content.model_validate_json(directory.read(f"/{RECORD}"))
        except ValidationError:
            self._content = _Content()
        if self._content.context != context_id:
            self._content = _Content(context=context_id)

    def of(self, path: str) -> RecordedFile | None:
        """Return the recorded data of a file, by its absolute path in the context."""
        return self._content.files.get(path)

    def add(self, path: str, file: Downloaded) -> None:
        """Record a file, and save the record at most once a second."""
        with self._lock:
            self._content.files[path] = RecordedFile(size=file.size, sha256=file.sha256, version=file.version)
            if time.monotonic() >= self._save_at:
                self._save()

    def save(self) -> None:
        """Save the record."""
        with self._lock:
            self._save()

    def _save(self) -> None:
        started = time.monotonic()
        self._directory.write(f"/{RECORD}", self._content.model_dump_json().encode())
        ended = time.monotonic()
        self._save_at = ended + max(_EVERY_SECONDS, (ended - started) / _SHARE)
