"""Diff operation for directories. No requests are sent."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context_directory.model import CheckedDirectory, state_of
from pulumi_agbcontext.lifecycle.files.diff import file_changes, setting_changes
from pulumi_agbcontext.lifecycle.handlers import Diff
from pulumi_agbcontext.lifecycle.properties import ChangeKind, Properties, refuse_malformed


def diff(outputs: Properties, news: Properties, run: str = "") -> Diff:
    """Compare the recorded state with the program's inputs without sending requests.

    A change of context or path replaces the directory. All other changes update it.

    Args:
        outputs: the recorded outputs.
        news: checked inputs, with unknown values as `UNKNOWN`.
        run: the current run of the engine.

    Returns:
        The changed properties and the kind of each change.

    Raises:
        MalformedStateError: a recorded property has the wrong type.
    """
    olds = state_of(outputs)
    refuse_malformed(CheckedDirectory, news)
    changes: dict[str, ChangeKind] = {}
    if news["contextId"] != olds.context_id:
        changes["contextId"] = "replace"
    if news["path"] != olds.path:
        changes["path"] = "replace"
    if news.get("contextGeneration") != olds.context_generation:
        changes["contextGeneration"] = "update"
    changes |= file_changes(olds, news, run)
    return Diff(changes | setting_changes(CheckedDirectory, olds.model_dump(by_alias=True), news))
