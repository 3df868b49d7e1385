"""Comparison of the files and settings of a resource with several files. No requests are sent."""

from __future__ import annotations

from pulumi_agbcontext import messages
from pulumi_agbcontext.lifecycle.files.model import FILE_MAPS, FilesInputs, FilesState
from pulumi_agbcontext.lifecycle.files.plan import plan_files
from pulumi_agbcontext.lifecycle.files.unmanaged import recorded_unmanaged
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, ChangeKind, Mark, Model, Properties, marked
from pulumi_agbcontext.redaction import printable

UNMANAGED_FILES = "unmanagedFiles"
_SECRETS = marked(FilesInputs, Mark.SECRET)


def file_changes(old: FilesState, news: Properties, run: str) -> dict[str, ChangeKind]:
    """Return each changed file, and each unmanaged file that the update deletes.

    The paths of secret files are not displayed, so their map changes as a whole. The same applies to the map of
    unmanaged files that this run recorded and that the update keeps, because a plan must not be empty when drift was
    found.

    Args:
        old: the recorded state.
        news: checked inputs, with unknown values as `UNKNOWN`.
        run: the current run of the engine.
    """
    changes: dict[str, ChangeKind] = {}
    for key, seeded in zip(FILE_MAPS, (old.files, old.secret_files), strict=True):
        wanted = news.get(key) or {}
        plan = None if wanted is UNKNOWN else plan_files(seeded, wanted)
        if plan is None or (key in _SECRETS and (plan.upload or plan.delete)):
            changes[key] = "update"
        elif key not in _SECRETS:
            changes |= {_path(key, path): "add" for path in plan.added}
            changes |= {_path(key, path): "update" for path in plan.overwritten}
            changes |= {_path(key, path): "delete" for path in plan.delete}
    unmanaged = recorded_unmanaged(old, news, run)
    changes |= {_path(UNMANAGED_FILES, path): "delete" for path in unmanaged.to_delete}
    return changes | ({UNMANAGED_FILES: "update"} if unmanaged.kept else {})


def setting_changes(model: type[Model], recorded: Properties, news: Properties) -> dict[str, ChangeKind]:
    """Return each changed setting.

    Args:
        model: the model of the inputs.
        recorded: the recorded state by wire name, with defaults.
        news: checked inputs, with unknown values as `UNKNOWN`.
    """
    fields = {str(field.alias): field for field in model.model_fields.values()}
    settings = {key: fields[key].get_default(call_default_factory=True) for key in marked(model, Mark.SETTING)}
    return {key: "update" for key, default in settings.items() if news.get(key, default) != recorded[key]}


def refuse_deletes(name: str, old: FilesState, news: Properties, run: str, *, deletes_all: bool = False) -> None:
    """Raise an error if an update deletes more files than `max_deletes` permits.

    Args:
        name: name of the resource.
        old: the recorded state.
        news: checked inputs, with unknown values as `UNKNOWN`.
        run: the current run of the engine.
        deletes_all: whether all seeded files are deleted, because the resource is replaced.

    Raises:
        TooManyDeletesError: the update deletes more files.
    """
    limit = news.get("maxDeletes")
    if not isinstance(limit, (int, float)):  # the engine sends every number as a float
        return
    wanted = {} if deletes_all else {key: news.get(key) or {} for key in FILE_MAPS}
    maps = [(seeded, wanted.get(key, {})) for key, seeded in zip(FILE_MAPS, (old.files, old.secret_files), strict=True)]
    own = [path for seeded, new in maps if new is not UNKNOWN for path in plan_files(seeded, new).delete]
    paths = [*own, *({} if deletes_all else recorded_unmanaged(old, news, run).to_delete)]
    if len(paths) > limit:
        shown = [printable(path) for path in sorted(paths) if path not in old.secret_files]
        raise messages.too_many_deletes(printable(name), shown, len(paths), int(limit))


def _path(key: str, path: str) -> str:
    quoted = printable(path).replace('"', '\\"')
    return f'{key}["{quoted}"]'
