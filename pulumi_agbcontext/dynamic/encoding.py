"""Encoding of files and triggers from Python programs. Each file becomes one source string."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pulumi

from pulumi_agbcontext.lifecycle.files.directories import Filters, list_directory
from pulumi_agbcontext.lifecycle.files.paths import path_fault
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError, SourceKind
from pulumi_agbcontext.lifecycle.files.sources import ASSET, relative_path
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import printable

FileValue: TypeAlias = pulumi.Asset | pulumi.Archive | Path | str | bytes
Files: TypeAlias = Mapping[str, pulumi.Input[FileValue]]


def files_from(
    folder: str | os.PathLike[str],
    *,
    prefix: str = "/",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    include_hidden: bool = False,
    respect_gitignore: bool = False,
) -> dict[str, pulumi.FileAsset]:
    """Return the files in a local directory as a mapping for `files`. Subdirectories are included.

    Args:
        folder: path of the directory, absolute or relative to the program's working directory.
        prefix: absolute path of the directory in the context that receives the files.
        include: gitignore patterns. If there are any, only files that match at least one of them are included.
        exclude: gitignore patterns. Files that match at least one of them are excluded.
        include_hidden: whether to include files and directories whose names start with a dot.
        respect_gitignore: whether to leave out files that the `.gitignore` files in the directory exclude.

    Returns:
        Assets by path in the context, sorted by path.

    Raises:
        pulumi.RunError: the directory does not exist, cannot be read or contains no matching file, or the prefix is not
            a canonical path.
    """
    root = prefix.rstrip("/")
    if root and (fault := path_fault(root)):
        raise pulumi.RunError(f"files_from({str(folder)!r}): prefix {printable(prefix)!r}: {fault}")
    try:
        listing = list_directory(folder, Filters(include, exclude, include_hidden, respect_gitignore))
    except SourceError as fault:
        raise pulumi.RunError(f"files_from({str(folder)!r}): {printable(str(fault))}") from None
    return {f"{root}/{path}": pulumi.FileAsset(os.path.join(folder, path)) for path in listing.files}  # noqa: PTH118  # keeps `..`


def encode_files(files: pulumi.Input[Files] | None) -> pulumi.Input[Any]:
    """Encode each file in a mapping as a source string. Check computes the digests."""
    if isinstance(files, pulumi.Output):
        return files.apply(encode_files)
    if isinstance(files, Mapping):
        return {_carried(path): _encode(value) for path, value in files.items()}
    return files


def _encode(value: object) -> Any:
    if isinstance(value, pulumi.Output):
        return value.apply(_encode_known)
    if isinstance(value, pulumi.FileAsset):
        return _at(SourceKind.FILE, value.path)
    if isinstance(value, pulumi.StringAsset):
        return SourceKind.TEXT.of(value.text)
    if isinstance(value, pulumi.FileArchive):
        return _at(SourceKind.DIRECTORY, value.path)
    if isinstance(value, pulumi.AssetArchive):
        return {_carried(path): _encode(item) for path, item in value.assets.items()}
    if isinstance(value, pulumi.RemoteAsset):
        return SourceKind.REMOTE.of(value.uri)
    if isinstance(value, pulumi.RemoteArchive):
        return SourceKind.REMOTE_ARCHIVE.of(value.uri)
    return _encode_python(value)


def _encode_known(value: object) -> Any:
    """Encode the value of an Output. An archive of assets is not supported, because its secrets would be lost."""
    if isinstance(value, pulumi.AssetArchive):
        return SourceKind.UNSUPPORTED.of("AssetArchive inside an Output")
    return _encode(value)


def _encode_python(value: object) -> str:
    if isinstance(value, Path):
        return _at(SourceKind.DIRECTORY if value.is_dir() else SourceKind.FILE, value)
    if isinstance(value, str):
        return SourceKind.TEXT.of(value)
    if isinstance(value, (bytes, bytearray)):
        return SourceKind.BASE64.of(base64.b64encode(value).decode())
    return SourceKind.UNSUPPORTED.of(type(value).__name__)


def relative_source(source: Any) -> Any:
    """Return a local path relative to the working directory. Values of other types are reported by check."""
    if isinstance(source, pulumi.Output):
        return source.apply(relative_source)
    return relative_path(source) if isinstance(source, (str, os.PathLike)) else source


def _at(kind: SourceKind, path: str | os.PathLike[str]) -> str:
    return _carried(kind.of(relative_path(path)))


def _carried(text: str) -> str:
    """Return the text. Raise an error if it is not valid Unicode, because the provider protocol cannot transmit it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise pulumi.RunError(f"files: {invalid.name_is_no_unicode(printable(text))}") from None
    return text


def encode_triggers(value: Any) -> Any:
    """Encode the triggers as JSON values. An asset becomes a map with one entry and is compared by digest."""
    if isinstance(value, pulumi.Output):
        return value.apply(encode_triggers)
    if isinstance(value, (pulumi.Asset, pulumi.Archive, Path, bytes)):
        return {ASSET: _encode(value)}
    if isinstance(value, Mapping):
        return {key: encode_triggers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode_triggers(item) for item in value]
    return value
