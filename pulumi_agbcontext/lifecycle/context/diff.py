"""Diff operation for contexts. No requests are sent."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context.clear_triggers import same_json, triggered
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState, state_of
from pulumi_agbcontext.lifecycle.files.diff import file_changes, setting_changes
from pulumi_agbcontext.lifecycle.handlers import Diff
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, ChangeKind, Properties, refuse_malformed


def diff(outputs: Properties, news: Properties, run: str = "") -> Diff:
    """Compare the recorded state with the program's inputs without sending requests.

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
    refuse_malformed(ContextInputs, news)
    return Diff(
        {
            **_name_change(olds, news),
            **_region_change(olds, news),
            **file_changes(olds, news, run),
            **_trigger_change(olds, news),
            **setting_changes(ContextInputs, olds.model_dump(by_alias=True), news),
            **_unfinished(olds, news),
        }
    )


def _name_change(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    return {"name": "update"} if news["name"] != olds.name else {}


def _region_change(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    """Return a replacement if the program sets a different region, or an update if either region is unknown."""
    region = news.get("region")
    if region is None or region == olds.region:
        return {}
    return {"region": "update" if olds.region is None or region is UNKNOWN else "replace"}


def _trigger_change(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    old, new = olds.clear_triggers, news.get("clearTriggers")
    if (old is None and new is None) or same_json(old, new):
        return {}
    replaces = triggered(old, new) and news.get("clearInPlace") is not True
    return {"clearTriggers": "replace" if replaces else "update"}


def _unfinished(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    """Return an update if the recorded create is unfinished, so that its owner record is still in phase `creating`."""
    return {"ownerRecord": "update"} if olds.unfinished and news.get("ownerRecord", True) else {}
