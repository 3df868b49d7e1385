"""Clear triggers: compared as JSON values, assets by digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.files.expansion import tree_files
from pulumi_agbcontext.lifecycle.files.paths import ROOT
from pulumi_agbcontext.lifecycle.files.sources import ASSET, SourceError, SourceKind, digest_of, recorded, take_digest
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Failure, is_unknown
from pulumi_agbcontext.redaction import printable


def check_triggers(value: Any, failures: list[Failure], at: str = "clearTriggers") -> Any:
    """Replace each asset among the triggers by its digest; the source is of no interest here."""
    if isinstance(value, Mapping):
        if set(value) == {ASSET}:
            return {ASSET: _digest(value[ASSET], failures, at)}
        return {key: check_triggers(item, failures, f'{at}["{key}"]') for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [check_triggers(item, failures, f"{at}[{index}]") for index, item in enumerate(value)]
    return value


def _digest(content: Any, failures: list[Failure], at: str) -> Any:
    """Take the digest of an asset, or of each file of a folder or archive; a recorded one is kept."""
    if isinstance(content, str) and recorded(content):
        return digest_of(content)
    try:
        if isinstance(content, str) and not content.startswith(SourceKind.DIRECTORY.of("")):
            return digest_of(str(take_digest(content)))
        return {path: digest_of(str(take_digest(str(source)))) for path, source in tree_files(ROOT, content)}
    except SourceError as fault:
        failures.append(Failure(at, printable(str(fault))))
        return content


def triggered(old: list[Any] | None, new: object) -> bool:
    """Tell whether a change of the triggers clears.

    From absent to a list and back is recorded and clears nothing, so that adoption and import never clear.

    Args:
        old: recorded triggers, or None.
        new: triggers of the program, unknown values among them, or None.
    """
    if old is None or new is None:
        return False
    return is_unknown(new) or not same_json(old, new)


def same_json(left: object, right: object) -> bool:
    """Compare as JSON does: 2 is 2.0, true is not 1, the order of a map does not count, that of a list does."""
    return left is not UNKNOWN and right is not UNKNOWN and _text(left) == _text(right)


def _text(value: object) -> str:
    return json.dumps(_numbers(value), sort_keys=True, default=repr)


def _numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
