"""The seed of a context: what check makes of `files`, and which files a plan uploads and deletes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_agbcontext.client.parallel import SharedThreads
from pulumi_agbcontext.lifecycle.folders import folder_files
from pulumi_agbcontext.lifecycle.inputs import UNKNOWN, Failure
from pulumi_agbcontext.lifecycle.paths import ROOT, file_and_folder, path_fault, shown
from pulumi_agbcontext.lifecycle.sources import SourceError, digest_of, is_large, recorded, take_digest
from pulumi_agbcontext.messages import inputs as wrong

Entries = Mapping[str, Any]

# Hashing lets other threads run, opening and closing hardly does. Large files have a thread a core; small ones are read
# by one thread at a time in the whole process, which takes half as long as two that wait for each other.
_READERS = SharedThreads("agbcontext-digest")
_SMALL_FILES = threading.Lock()


@dataclass(frozen=True)
class FilePlan:
    """What an update does to the files of a context.

    Attributes:
        upload: paths that are new or changed.
        delete: paths that were seeded and are no longer named.
    """

    upload: tuple[str, ...]
    delete: tuple[str, ...]


def plan_files(seeded: Entries, wanted: Entries) -> FilePlan:
    """Compare digests, never sources or times: a touched or moved file is not a change.

    Args:
        seeded: path to recorded entry, as the state has them.
        wanted: path to recorded entry, as check made them.
    """
    return FilePlan(
        upload=tuple(path for path in wanted if path not in seeded or differ(seeded[path], wanted[path])),
        delete=tuple(path for path in seeded if path not in wanted),
    )


def differ(old: object, new: object) -> bool:
    """Tell whether two entries stand for different contents; an unknown one differs from all."""
    return not (isinstance(old, str) and isinstance(new, str) and digest_of(old) == digest_of(new))


def check_files(properties: Mapping[str, Entries | object]) -> tuple[dict[str, Any], list[Failure]]:
    """Expand folders, check paths and take digests.

    Args:
        properties: property name (`files`, `secretFiles`) to path to source or recorded entry, nested for a tree.

    Returns:
        The same properties with one recorded entry a file, sorted by path, and the faults.
    """
    failures: list[Failure] = []
    expanded: dict[str, dict[str, Any]] = {}
    for name, entries in properties.items():
        if isinstance(entries, Mapping):
            expanded[name] = _expand(name, entries, failures)
    _refuse_clashes(expanded, failures)
    _digest(expanded, failures)
    return {name: dict(sorted(entries.items())) for name, entries in expanded.items()}, failures


def _expand(name: str, entries: Entries, failures: list[Failure]) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for key, value in entries.items():
        try:
            for path, source in tree_files(key, value):
                _add(files, path, source)
        except SourceError as fault:
            failures.append(Failure(_property(name, key), shown(str(fault))))
    return files


def _add(files: dict[str, Any], path: str, source: object) -> None:
    if fault := path_fault(path):
        raise SourceError(fault)
    if path in files:
        raise SourceError(wrong.path_given_twice(path))
    files[path] = source


def tree_files(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Name every file of a value: itself, the files of a folder, or those of a tree.

    Args:
        key: path in the context of the value, or of the root of its tree.
        value: a source, a recorded entry, an unknown value, or a map of such by relative path.

    Raises:
        SourceError: it is none of these, or its folder cannot be read.
    """
    if isinstance(value, Mapping):
        for below, item in value.items():
            yield from tree_files(_joined(key, str(below)), item)
    elif isinstance(value, str) and value.startswith("folder:"):
        folder = value.removeprefix("folder:")
        for below in folder_files(folder):
            yield _joined(key, below), f"file:{os.path.normpath(folder)}/{below}".replace(os.sep, "/")
    elif isinstance(value, str) or value is UNKNOWN:
        yield key, value
    else:
        raise SourceError(wrong.not_seedable(type(value).__name__))


def _joined(key: str, below: str) -> str:
    return (key if key != ROOT else "") + "/" + below


def _refuse_clashes(expanded: Mapping[str, Entries], failures: list[Failure]) -> None:
    owner: dict[str, str] = {}
    for name, entries in expanded.items():
        for path in entries:
            if path in owner:
                failures.append(Failure(_property(name, path), wrong.path_in_both_maps(owner[path])))
            owner[path] = name
    for above, path in file_and_folder(owner):
        failures.append(Failure(_property(owner[above], above), wrong.path_is_file_and_folder(shown(path))))


def _digest(expanded: Mapping[str, dict[str, Any]], failures: list[Failure]) -> None:
    """Read every source once."""
    waiting = [
        (name, path, source)
        for name, entries in expanded.items()
        for path, source in entries.items()
        if isinstance(source, str) and recorded(source) is None
    ]
    large = {source: _READERS.submit(_taken, source) for *_, source in waiting if is_large(source)}
    with _SMALL_FILES:
        small = {source: _taken(source) for *_, source in waiting if source not in large}
    for name, path, source in waiting:
        result = small[source] if source in small else large[source].result()
        if isinstance(result, SourceError):
            failures.append(Failure(_property(name, path), shown(str(result))))
        else:
            expanded[name][path] = result


def _taken(source: str) -> str | SourceError:
    try:
        return str(take_digest(source))
    except SourceError as fault:
        return fault


def _property(name: str, path: str) -> str:
    return f'{name}["{shown(path)}"]'
