"""Encoding of files and triggers from the provider protocol as source strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.files.source_kinds import SourceKind
from pulumi_agbcontext.lifecycle.files.sources import ASSET
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.plugin.values import Asset


def encode_files(files: Any, recorded_files: Any = None) -> Any:
    """Encode each file as its source string. Keep recorded entries, which the engine sends for `ignoreChanges`.

    Args:
        files: assets, archives and texts by path, with secrets in plaintext.
        recorded_files: recorded entries of the last update, by path. A text that resembles an entry remains text.
    """
    if not isinstance(files, Mapping):
        return files
    olds = recorded_files if isinstance(recorded_files, Mapping) else {}
    return {path: value if value and value == olds.get(path) else _encode(value) for path, value in files.items()}


def _encode(value: Any) -> Any:
    if isinstance(value, Asset):
        return value.source
    if isinstance(value, Mapping):
        return encode_files(value)
    if isinstance(value, str):
        return SourceKind.TEXT.of(value)
    return value if value is UNKNOWN else SourceKind.UNSUPPORTED.of(type(value).__name__)


def encode_triggers(value: Any) -> Any:
    """Encode the triggers as JSON values. An asset becomes a map with one entry and is compared by digest."""
    if isinstance(value, Asset):
        return {ASSET: value.source}
    if isinstance(value, Mapping):
        return {key: encode_triggers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [encode_triggers(item) for item in value]
    return value
