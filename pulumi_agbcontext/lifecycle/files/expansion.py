"""Expansion of `files` during check: expands directories and archives, validates paths and computes digests."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from pulumi_agbcontext.client.transfer.remote_files import shown_address
from pulumi_agbcontext.lifecycle.files.directories import Filters, is_hidden, list_directory, list_tree
from pulumi_agbcontext.lifecycle.files.paths import ROOT, file_and_directory, path_fault
from pulumi_agbcontext.lifecycle.files.plan import Entries
from pulumi_agbcontext.lifecycle.files.remote import RemoteSources
from pulumi_agbcontext.lifecycle.files.source_kinds import SEPARATOR, SourceError, SourceKind
from pulumi_agbcontext.lifecycle.files.sources import SeedFile, is_large, recorded, take_digest
from pulumi_agbcontext.lifecycle.files.trees import is_archive_file
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Failure
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import printable

# Hashing releases the GIL, but opening and closing files mostly does not. Only one thread in the process reads small
# files at a time, which takes half as long as two threads that contend for the GIL.
_SMALL_FILES = threading.Lock()
_DIRECTORY = SourceKind.DIRECTORY.of("")
_ARCHIVE = SourceKind.ARCHIVE.of("")
_REMOTE = SourceKind.REMOTE.of("")
_REMOTE_ARCHIVE = SourceKind.REMOTE_ARCHIVE.of("")


@dataclass
class Expansion:
    """Expansion of the directories of one resource.

    Attributes:
        filters: rules for which files of a directory are seeded.
        recorded_sources: sources of the files in the state. Hidden files among them are kept, because releases before
            0.2 seeded them.
        left_out: number of files and directories that the filters left out.
        kept_hidden: paths in the context of hidden files that are seeded only because the state contains them.
        remote: client for remote assets and archives; None if the configuration is invalid, so that no request is sent.
    """

    filters: Filters = field(default_factory=Filters)
    recorded_sources: Collection[str] = ()
    left_out: int = 0
    kept_hidden: list[str] = field(default_factory=list)
    remote: RemoteSources | None = None

    def files(self, key: str, value: object) -> Iterator[tuple[str, object]]:
        """Yield the path and source of every file in a value: a single file, a directory or a tree.

        Args:
            key: path of the value in the context, or of the root of its tree.
            value: a source, a recorded entry, an unknown value, or a map from relative path to such values.

        Raises:
            SourceError: the value has another type, or its directory cannot be read.
        """
        if isinstance(value, Mapping):
            for below, item in value.items():
                yield from self.files(_joined(key, str(below)), item)
        elif isinstance(value, str) and value.startswith(_DIRECTORY):
            yield from self._directory(key, value.removeprefix(_DIRECTORY))
        elif isinstance(value, str) and value.startswith((_REMOTE, _REMOTE_ARCHIVE)):
            yield from self._remote(key, value)
        elif isinstance(value, str) or value is UNKNOWN:
            yield key, value
        else:
            raise SourceError(invalid.not_seedable(type(value).__name__))

    def digest(self, source: str) -> SeedFile:
        """Read a source completely and return its size and digest.

        Raises:
            SourceError: the source cannot be read.
        """
        if self.remote is not None and source.startswith(_REMOTE):
            return self.remote.digest(source)
        return take_digest(source)

    def _remote(self, key: str, source: str) -> Iterator[tuple[str, object]]:
        if self.remote is None:
            yield key, UNKNOWN
        elif not source.startswith(_REMOTE_ARCHIVE):
            yield key, source
        else:
            url = source.removeprefix(_REMOTE_ARCHIVE)
            listing = list_tree(self.remote.archive(url), printable(shown_address(url)), self.filters)
            self.left_out += listing.left_out
            for below in listing.files:
                yield _joined(key, below), SourceKind.REMOTE.of(url + SEPARATOR + below)

    def _directory(self, key: str, directory: str) -> Iterator[tuple[str, object]]:
        path = os.path.normpath(directory).replace(os.sep, "/")
        prefix = SourceKind.ARCHIVE.of(path + SEPARATOR) if is_archive_file(path) else SourceKind.FILE.of(path) + "/"
        recorded_here = {source.removeprefix(prefix) for source in self.recorded_sources if source.startswith(prefix)}
        listing = list_directory(directory, self.filters, recorded_here)
        self.left_out += listing.left_out
        for below in listing.files:
            target = _joined(key, below)
            if is_hidden(below) and not self.filters.include_hidden:
                self.kept_hidden.append(target)
            yield target, prefix + below


def check_files(
    properties: Mapping[str, Entries | object], expansion: Expansion | None = None
) -> tuple[dict[str, Any], list[Failure]]:
    """Expand directories, validate paths and compute digests.

    Args:
        properties: for `files` and `secretFiles`, sources or recorded entries by path. Trees are nested maps.
        expansion: rules for directories; counts the files that they leave out.

    Returns:
        The same properties with one entry per file, sorted by path, and the failures.
    """
    failures: list[Failure] = []
    expansion = expansion or Expansion()
    expanded: dict[str, dict[str, Any]] = {}
    for name, entries in properties.items():
        if isinstance(entries, Mapping):
            expanded[name] = _expand(name, entries, expansion, failures)
    _refuse_clashes(expanded, failures)
    _digest(expanded, expansion, failures)
    return {name: dict(sorted(entries.items())) for name, entries in expanded.items()}, failures


def _expand(name: str, entries: Entries, expansion: Expansion, failures: list[Failure]) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for key, value in entries.items():
        try:
            for path, source in expansion.files(key, value):
                _add(files, path, source)
        except SourceError as fault:
            failures.append(Failure(_property(name, key), printable(str(fault))))
    return files


def _add(files: dict[str, Any], path: str, source: object) -> None:
    if fault := path_fault(path):
        raise SourceError(fault)
    if path in files:
        raise SourceError(invalid.path_given_twice(path))
    files[path] = source


def _joined(key: str, below: str) -> str:
    return (key if key != ROOT else "") + "/" + below


def _refuse_clashes(expanded: Mapping[str, Entries], failures: list[Failure]) -> None:
    owner: dict[str, str] = {}
    for name, entries in expanded.items():
        for path in entries:
            if path in owner:
                failures.append(Failure(_property(name, path), invalid.path_in_both_maps(owner[path])))
            owner[path] = name
    for above, path in file_and_directory(owner):
        failures.append(Failure(_property(owner[above], above), invalid.path_is_file_and_directory(printable(path))))


def _digest(expanded: Mapping[str, dict[str, Any]], expansion: Expansion, failures: list[Failure]) -> None:
    """Replace each source with its recorded entry, and append a failure for each unreadable one."""
    waiting = [
        (name, path, source)
        for name, entries in expanded.items()
        for path, source in entries.items()
        if isinstance(source, str) and recorded(source) is None
    ]
    digested = _digest_all({source for *_, source in waiting}, expansion)
    for name, path, source in waiting:
        result = digested[source]
        if isinstance(result, SourceError):
            failures.append(Failure(_property(name, path), printable(str(result))))
        else:
            expanded[name][path] = result


def _digest_all(sources: set[str], expansion: Expansion) -> dict[str, str | SourceError]:
    """Read every source once. Large files are read by one thread per processor, and archives by one more thread."""
    archived = {source for source in sources if source.startswith(_ARCHIVE)}
    files = sources - archived
    large = [source for source in files if source.startswith(_REMOTE) or is_large(source)]

    def members() -> dict[str, str | SourceError]:
        return {source: _taken(source, expansion) for source in archived}

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        reading = {source: pool.submit(copy_context().run, _taken, source, expansion) for source in large}
        reading_members = pool.submit(members)
        with _SMALL_FILES:
            small = {source: _taken(source, expansion) for source in files if source not in reading}
        return small | reading_members.result() | {source: result.result() for source, result in reading.items()}


def _taken(source: str, expansion: Expansion) -> str | SourceError:
    try:
        return str(expansion.digest(source))
    except SourceError as fault:
        return fault


def _property(name: str, path: str) -> str:
    return f'{name}["{printable(path)}"]'
