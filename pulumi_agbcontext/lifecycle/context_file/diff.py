"""Compare a recorded file with the wanted one; no request is sent."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context_file.model import CONTENTS, CheckedFile, file_state
from pulumi_agbcontext.lifecycle.handlers import ChangeKind, Diff
from pulumi_agbcontext.lifecycle.properties import Properties, refuse_malformed


def diff(outputs: Properties, news: Properties) -> Diff:
    """Compare what is recorded with what is wanted: another place replaces, another content or generation updates."""
    olds = file_state(outputs)
    refuse_malformed(CheckedFile, news)
    changes: dict[str, ChangeKind] = {}
    if news["contextId"] != olds.context_id:
        changes["contextId"] = "replace"
    if news["path"] != olds.path:
        changes["path"] = "replace"
    if (news["size"], news["sha256"]) != (olds.size, olds.sha256):
        changes[next((key for key in CONTENTS if news.get(key) is not None), "content")] = "update"
    if news.get("contextGeneration") != olds.context_generation:
        changes["contextGeneration"] = "update"
    if news.get("overwriteOnCreate", False) != olds.overwrite_on_create:
        changes["overwriteOnCreate"] = "update"
    return Diff(changes)
