"""What programs give as files and triggers, told to the lifecycle as sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.files.sources import ASSET, SourceKind, recorded
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.plugin.values import Asset


def encode_files(files: Any) -> Any:
    """Tell each file as its source. A recorded entry, as the engine gives it for ignored changes, stays what it is.

    Args:
        files: path to asset or archive, secrets in the clear.
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
    """Tell the triggers as JSON values; an asset as a map of one entry, compared by its digest."""
    if isinstance(value, Asset):
        return {ASSET: value.source}
    if isinstance(value, Mapping):
        return {key: encode_triggers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [encode_triggers(item) for item in value]
    return value
