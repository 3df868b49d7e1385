"""Diff operation for files. No requests are sent."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context_file.model import CONTENTS, CheckedFile, file_state
from pulumi_agbcontext.lifecycle.files.diff import setting_changes
from pulumi_agbcontext.lifecycle.handlers import Diff
from pulumi_agbcontext.lifecycle.properties import ChangeKind, Properties, refuse_malformed


def diff(outputs: Properties, news: Properties) -> Diff:
    """Compare the recorded state with the program's inputs without sending requests.

    A change of context or path replaces the file. A change of content or generation updates it.

    Args:
        outputs: the recorded outputs.
        news: checked inputs, with unknown values as `UNKNOWN`.

    Returns:
        The changed properties and the kind of each change.

    Raises:
        MalformedStateError: a recorded property has the wrong type.
    """
    olds = file_state(outputs)
    refuse_malformed(CheckedFile, news)
    changes: dict[str, ChangeKind] = {}
    if news["contextId"] != olds.context_id:
        changes["contextId"] = "replace"
    if news["path"] != olds.path:
        changes["path"] = "replace"
    if (news["size"], news["sha256"]) != (olds.size, olds.sha256):
        changes[next((key for key in CONTENTS if news.get(key) is not None), "content")] = "update"
        changes |= {key: "update" for key, old in (("size", olds.size), ("sha256", olds.sha256)) if news[key] != old}
    if news.get("contextGeneration") != olds.context_generation:
        changes["contextGeneration"] = "update"
    changes |= setting_changes(CheckedFile, olds.model_dump(by_alias=True), news)
    return Diff(changes, not_displayed=frozenset(CONTENTS))
