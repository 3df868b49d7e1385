"""Remote assets and archives, downloaded during check from servers other than the Context API."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from pulumi_agbcontext.client.transfer.remote_files import shown_address
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.files.source_kinds import SEPARATOR, SUFFIXES, SourceError, SourceKind
from pulumi_agbcontext.lifecycle.files.sources import SeedFile, digest_stream
from pulumi_agbcontext.lifecycle.files.trees import ArchiveTree
from pulumi_agbcontext.lifecycle.provider.session import RemoteDownloads
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import printable


class RemoteSources:
    """Remote assets and archives of one resource.

    Args:
        downloads: client that downloads each URL once per process.
    """

    def __init__(self, downloads: RemoteDownloads) -> None:
        self._downloads = downloads
        self._archives: dict[str, ArchiveTree] = {}

    def archive(self, url: str) -> ArchiveTree:
        """Download an archive.

        Raises:
            SourceError: the archive could not be downloaded, or cannot be seeded.
        """
        path = urlsplit(url).path.lower()
        suffix = next((one for one in SUFFIXES if path.endswith(one)), "")
        if not suffix:
            raise SourceError(invalid.remote_archive_suffix(printable(shown_address(url))))
        self._archives[url] = ArchiveTree(str(self._downloaded(url, suffix)), printable(shown_address(url)))
        return self._archives[url]

    def digest(self, source: str) -> SeedFile:
        """Return the size and digest of a remote asset, or of a member of a remote archive that was already downloaded.

        Args:
            source: source string with the complete URL.

        Returns:
            The file, whose source contains the URL without the query.

        Raises:
            SourceError: the asset could not be downloaded or read.
        """
        url, _, member = source.removeprefix(SourceKind.REMOTE.of("")).partition(SEPARATOR)
        opener: Callable[[], Any]
        if member and url in self._archives:
            opener, shown = partial(self._archives[url].open, member), shown_address(url) + SEPARATOR + member
        else:
            url = source.removeprefix(SourceKind.REMOTE.of(""))
            opener, shown = partial(io.FileIO, self._downloaded(url)), shown_address(url)
        try:
            with opener() as stream:
                file = digest_stream(stream, SourceKind.REMOTE.of(printable(shown)))
        except OSError as error:
            raise SourceError(invalid.unreadable_content(str(error))) from error
        self._downloads.remember(file.sha256, opener)
        return file

    def _downloaded(self, url: str, suffix: str = "") -> Path:
        try:
            return self._downloads.download(url, suffix)
        except AGBError as error:
            status = f" with status {error.http_status}" if error.http_status else ""
            raise SourceError(invalid.not_downloaded(printable(shown_address(url)), error.cause + status)) from None


def open_downloaded(downloads: RemoteDownloads, file: SeedFile) -> BinaryIO:
    """Open a remote file whose digest was computed in this process.

    Raises:
        SourceError: the digest was computed in another process.
    """
    opener = downloads.opener(file.sha256)
    if opener is None:
        raise SourceError(invalid.REMOTE_NOT_DOWNLOADED)
    return opener()
