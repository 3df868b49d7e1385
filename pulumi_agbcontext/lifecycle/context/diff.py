"""Diff of a context. Sends no requests."""

from __future__ import annotations

from pulumi_agbcontext.lifecycle.context.clear_triggers import same_json, triggered
from pulumi_agbcontext.lifecycle.context.model import SETTINGS, ContextInputs, ContextState, state_of
from pulumi_agbcontext.lifecycle.files.plan import plan_files
from pulumi_agbcontext.lifecycle.handlers import ChangeKind, Diff
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Mark, Properties, marked, refuse_malformed
from pulumi_agbcontext.redaction import printable

_SECRETS = marked(ContextInputs, Mark.SECRET)


def diff(outputs: Properties, news: Properties) -> Diff:
    """Compare the recorded state with the program's inputs. Sends no requests.

    Args:
        outputs: the recorded outputs.
        news: checked inputs, with unknown values as `UNKNOWN`.

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
            **_file_changes(olds, news),
            **_trigger_change(olds, news),
            **_setting_changes(olds, news),
            **_unfinished(olds, news),
        }
    )


def _name_change(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    return {"name": "update"} if news["name"] != olds.name else {}


def _region_change(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    """Return a replacement for an explicit, known and different region. Record a region that was unknown before."""
    region = news.get("region")
    if region is None or region == olds.region:
        return {}
    return {"region": "update" if olds.region is None or region is UNKNOWN else "replace"}


def _file_changes(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    """Return each changed file. The paths of secret files are not displayed, so their map changes as a whole."""
    changes: dict[str, ChangeKind] = {}
    for key, seeded in (("files", olds.files), ("secretFiles", olds.secret_files)):
        wanted = news.get(key) or {}
        plan = None if wanted is UNKNOWN else plan_files(seeded, wanted)
        if plan is None or (key in _SECRETS and (plan.upload or plan.delete)):
            changes[key] = "update"
        elif key not in _SECRETS:
            changes |= {_path(key, path): "add" for path in plan.added}
            changes |= {_path(key, path): "update" for path in plan.overwritten}
            changes |= {_path(key, path): "delete" for path in plan.delete}
    return changes


def _path(key: str, path: str) -> str:
    quoted = printable(path).replace('"', '\\"')
    return f'{key}["{quoted}"]'


def _trigger_change(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    old, new = olds.clear_triggers, news.get("clearTriggers")
    if (old is None and new is None) or same_json(old, new):
        return {}
    replaces = triggered(old, new) and news.get("clearInPlace") is not True
    return {"clearTriggers": "replace" if replaces else "update"}


def _unfinished(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    """Return an update if the recorded create is unfinished: its owner record is still in phase `creating`."""
    return {"ownerRecord": "update"} if olds.unfinished and news.get("ownerRecord", True) else {}


def _setting_changes(olds: ContextState, news: Properties) -> dict[str, ChangeKind]:
    recorded = olds.model_dump(by_alias=True)
    defaults = ContextInputs().model_dump(by_alias=True)
    return {key: "update" for key in SETTINGS if news.get(key, defaults[key]) != recorded[key]}
