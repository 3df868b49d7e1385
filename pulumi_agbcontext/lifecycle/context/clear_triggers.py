"""Clear triggers. Triggers are compared as JSON values, and assets by digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_agbcontext.lifecycle.files.directories import Filters, is_hidden
from pulumi_agbcontext.lifecycle.files.expansion import Expansion
from pulumi_agbcontext.lifecycle.files.paths import ROOT
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError, SourceKind
from pulumi_agbcontext.lifecycle.files.sources import ASSET, digest_of, recorded
from pulumi_agbcontext.lifecycle.files.trees import tree_at
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Failure, is_unknown
from pulumi_agbcontext.redaction import printable

_TREES = (SourceKind.DIRECTORY.of(""), SourceKind.REMOTE_ARCHIVE.of(""))


def check_triggers(
    value: Any, failures: list[Failure], expansion: Expansion, old: Any = None, at: str = "clearTriggers"
) -> Any:
    """Replace each asset in the triggers with its digest, and append a failure for each unreadable one.

    Args:
        value: the triggers, or a value inside them.
        failures: the list to append to.
        expansion: rules for the files of a directory.
        old: the recorded value at the same position, or None.
        at: property path of the value, for failures.

    Returns:
        The triggers without the sources of their assets.
    """
    if isinstance(value, Mapping):
        olds = old if isinstance(old, Mapping) else {}
        if set(value) == {ASSET}:
            return {ASSET: _digest(value[ASSET], failures, expansion, olds.get(ASSET), at)}
        return {
            key: check_triggers(item, failures, expansion, olds.get(key), f'{at}["{key}"]')
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        old_items = old if isinstance(old, list) and len(old) == len(value) else [None] * len(value)
        return [
            check_triggers(item, failures, expansion, old_item, f"{at}[{index}]")
            for index, (item, old_item) in enumerate(zip(value, old_items, strict=True))
        ]
    return value


def _digest(content: Any, failures: list[Failure], expansion: Expansion, old: Any, at: str) -> Any:
    """Return the digest of an asset, or of each file in a directory or archive. Recorded digests are kept."""
    if isinstance(content, str) and recorded(content):
        return digest_of(content)
    try:
        # Counts and recorded sources apply to the files, not to the triggers.
        inside = Expansion(expansion.filters, remote=expansion.remote)
        sources = dict(inside.files(ROOT, content))
        if UNKNOWN in sources.values():
            return UNKNOWN
        digests = {path: digest_of(str(inside.digest(str(source)))) for path, source in sources.items()}
        if isinstance(content, str) and not content.startswith(_TREES):
            return digests[ROOT]
        return old if _differ_only_by_filters(old, digests, content, expansion.filters) else digests
    except SourceError as fault:
        failures.append(Failure(at, printable(str(fault))))
        return content


def _differ_only_by_filters(old: Any, new: dict[str, str], content: Any, filters: Filters) -> bool:
    """Return whether a recorded directory differs from the current one only by files that the filters leave out.

    Releases before 0.2 had no filters, and a new filter alone must not clear a context. A file that is missing from the
    current files is considered left out if it still exists, or if it is hidden and hidden files are not included.
    """
    if not isinstance(old, Mapping) or not isinstance(content, str):
        return False
    try:
        tree = tree_at(content.removeprefix(SourceKind.DIRECTORY.of("")))
    except SourceError:  # a recorded entry
        return False

    def is_left_out(path: str) -> bool:
        hidden = not filters.include_hidden and is_hidden(path[1:])
        return path not in new and (hidden or tree.has(path[1:]))

    return {path: digest for path, digest in old.items() if not is_left_out(path)} == new


def triggered(old: list[Any] | None, new: object) -> bool:
    """Return whether a change to the triggers clears the context.

    Adding the first triggers or removing all of them clears nothing, so that an adoption or an import never clears.

    Args:
        old: recorded triggers, or None.
        new: the program's triggers, which may contain unknown values, or None.
    """
    if old is None or new is None:
        return False
    return is_unknown(new) or not same_json(old, new)


def same_json(left: object, right: object) -> bool:
    """Return whether two values are equal as JSON. 2 equals 2.0, true does not equal 1, and key order is ignored."""
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
