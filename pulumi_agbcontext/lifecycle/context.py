"""What check and diff mean for a context: pure decisions on its properties; no request is sent here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_agbcontext.lifecycle.inputs import (
    UNKNOWN,
    ContextInputs,
    ContextState,
    Failure,
    Properties,
    refuse_malformed,
    state_of,
    validated,
)
from pulumi_agbcontext.lifecycle.paths import shown
from pulumi_agbcontext.lifecycle.seed import check_files, plan_files
from pulumi_agbcontext.lifecycle.triggers import check_triggers, same_json, triggered

FILE_MAPS = ("files", "secretFiles")
_MIRRORS = (
    "clearInPlace",
    "clearBeforeDelete",
    "clearTimeout",
    "clearPollInterval",
    "adopt",
    "driftCheck",
    "ownerRecord",
    "overwriteFiles",
)

Kind = Literal["add", "update", "delete", "replace"]


@dataclass(frozen=True)
class Checked:
    """What check makes of a program's inputs.

    Attributes:
        inputs: normalised inputs by wire name, digests taken.
        failures: faults, each with its property; not empty: the inputs are not to be used.
    """

    inputs: dict[str, Any] = field(repr=False)
    failures: list[Failure]


@dataclass(frozen=True)
class Diff:
    """What an update would change.

    Attributes:
        changes: path of each changed property, down to `files["/path"]`, to the kind of its change.
    """

    changes: dict[str, Kind]

    def forced(self, named: Iterable[str]) -> Diff:
        """Return the same changes, those of the named properties as replacements.

        Args:
            named: properties at any depth, or `*` for all (the resource option `replace_on_changes`).
        """
        wanted = list(named)
        forced: dict[str, Kind] = {
            path: "replace" if any(name in ("*", path) or path.startswith(f"{name}[") for name in wanted) else kind
            for path, kind in self.changes.items()
        }
        return Diff(forced)

    @property
    def replaces(self) -> list[str]:
        """The properties for whose sake the context is replaced."""
        return [path for path, kind in self.changes.items() if kind == "replace"]


def check(olds: Properties, news: Properties, derived_name: object) -> Checked:
    """Validate and normalise inputs; sends no request.

    Args:
        olds: the inputs of the last update, empty at creation and for a replacement.
        news: the program's inputs by wire name, unknown values as `UNKNOWN`.
        derived_name: the name for a context that was given none, or `UNKNOWN`.
    """
    failures: list[Failure] = []
    inputs = {**news, **_named(olds, news, derived_name)}
    if "clearTriggers" in inputs:
        inputs["clearTriggers"] = check_triggers(inputs["clearTriggers"], failures)
    files, file_failures = check_files({key: inputs[key] for key in FILE_MAPS if key in inputs})
    valid, model_failures = validated(ContextInputs, {**inputs, **({} if file_failures else files)})
    return Checked(valid, failures + file_failures + _outside(model_failures, file_failures))


def _named(olds: Properties, news: Properties, derived_name: object) -> dict[str, Any]:
    """An explicit name, else the present one (a name is kept once made), else the derived one."""
    if news.get("name") is not None:
        return {}
    if olds.get("name"):
        return {"name": olds["name"], "autonamed": bool(olds.get("autonamed"))}
    return {"name": derived_name, "autonamed": True}


def _outside(failures: list[Failure], found: list[Failure]) -> list[Failure]:
    """Leave out what the model says of files when the files themselves have been found wrong."""
    return [failure for failure in failures if not (found and failure.property.startswith(FILE_MAPS))]


def diff(outputs: Properties, news: Properties) -> Diff:
    """Compare what is recorded with what is wanted; sends no request.

    Args:
        outputs: the recorded outputs.
        news: checked inputs, unknown values as `UNKNOWN`.

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
            **_mirror_changes(olds, news),
            **_unfinished(olds, news),
        }
    )


def _name_change(olds: ContextState, news: Properties) -> dict[str, Kind]:
    return {"name": "update"} if news["name"] != olds.name else {}


def _region_change(olds: ContextState, news: Properties) -> dict[str, Kind]:
    """Only an explicit, known, different region replaces; one that was not known is filled in."""
    region = news.get("region")
    if region is None or region == olds.region:
        return {}
    return {"region": "update" if olds.region is None or region is UNKNOWN else "replace"}


def _file_changes(olds: ContextState, news: Properties) -> dict[str, Kind]:
    changes: dict[str, Kind] = {}
    for key, seeded in (("files", olds.files), ("secretFiles", olds.secret_files)):
        wanted = news.get(key) or {}
        if wanted is UNKNOWN:
            changes[key] = "update"
            continue
        plan = plan_files(seeded, wanted)
        changes |= {_path(key, path): "update" if path in seeded else "add" for path in plan.upload}
        changes |= {_path(key, path): "delete" for path in plan.delete}
    return changes


def known_paths(inputs: Properties) -> list[str]:
    """Name the paths of checked inputs, as far as a preview knows them."""
    maps = (inputs.get(key) for key in FILE_MAPS)
    return [path for files in maps if isinstance(files, Mapping) for path in files]


def known_ids(context_id: str, inputs: Properties) -> list[str]:
    """Return the ids of a context and of the files of checked inputs, as far as a preview knows them."""
    return [context_id, *(f"{context_id}{path}" for path in known_paths(inputs))]


def _path(key: str, path: str) -> str:
    quoted = shown(path).replace('"', '\\"')
    return f'{key}["{quoted}"]'


def _trigger_change(olds: ContextState, news: Properties) -> dict[str, Kind]:
    old, new = olds.clear_triggers, news.get("clearTriggers")
    if (old is None and new is None) or same_json(old, new):
        return {}
    replaces = triggered(old, new) and news.get("clearInPlace") is not True
    return {"clearTriggers": "replace" if replaces else "update"}


def _unfinished(olds: ContextState, news: Properties) -> dict[str, Kind]:
    """A create that was recorded unfinished is finished by an update: its owner record still says `creating`."""
    return {"ownerRecord": "update"} if olds.unfinished and news.get("ownerRecord", True) else {}


def _mirror_changes(olds: ContextState, news: Properties) -> dict[str, Kind]:
    recorded = olds.model_dump(by_alias=True)
    defaults = ContextInputs().model_dump(by_alias=True)
    return {key: "update" for key in _MIRRORS if news.get(key, defaults[key]) != recorded[key]}
