"""Encoding of files and triggers from the provider protocol as source strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.files.sources import ASSET, SourceKind, recorded
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.plugin.values import Asset


def encode_files(files: Any) -> Any:
    """Encode each file as its source string. Keep recorded entries, which the engine sends for `ignoreChanges`.

    Args:
        files: path to asset or archive, with secrets in plaintext.
    """
    if not isinstance(files, Mapping):
        return files
    return {path: _encode(value) for path, value in files.items()}


def _encode(value: Any) -> Any:
    if isinstance(value, Asset):
        return value.source
    if isinstance(value, Mapping):
        return encode_files(value)
    if value is UNKNOWN or (isinstance(value, str) and recorded(value)):
        return value
    return SourceKind.UNSUPPORTED.of(type(value).__name__)


def encode_triggers(value: Any) -> Any:
    """Encode the triggers as JSON values. An asset becomes a map of one entry and is compared by digest."""
    if isinstance(value, Asset):
        return {ASSET: value.source}
    if isinstance(value, Mapping):
        return {key: encode_triggers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [encode_triggers(item) for item in value]
    return value
