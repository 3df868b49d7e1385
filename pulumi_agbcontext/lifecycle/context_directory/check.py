"""Check operation for directories: validates and normalizes the inputs without calling the Context API."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_agbcontext.lifecycle.context_directory.model import CheckedDirectory
from pulumi_agbcontext.lifecycle.files.check import check_inputs, expansion_of
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.model import FILE_MAPS
from pulumi_agbcontext.lifecycle.files.paths import ROOT, path_fault
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceKind
from pulumi_agbcontext.lifecycle.handlers import Checked
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Failure, Properties
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import printable


def check(news: Properties, session: Session | None = None) -> Checked:
    """Validate and normalize the inputs of a directory without sending requests to the Context API.

    Args:
        news: the program's inputs by wire name, with unknown values as `UNKNOWN`.
        session: the session of the provider process, which downloads remote assets; None if the configuration is
            invalid.

    Returns:
        The checked inputs and the failures.
    """
    expansion, source = expansion_of(session, news), news.get("source")
    given = {key: value for key, value in news.items() if key != "source"}
    if source is not None and given.get("files") is not None:
        return Checked(given, [Failure("source", invalid.FILES_AND_SOURCE)])
    if source is not None:
        given["files"] = UNKNOWN if source is UNKNOWN else {ROOT: SourceKind.DIRECTORY.of(str(source))}
    inputs, failures = check_inputs(CheckedDirectory, given, expansion)
    if source is not None:
        failures = [Failure(fault.property.replace(f'files["{ROOT}"]', "source"), fault.reason) for fault in failures]
    return Checked(inputs, failures or _too_long(inputs), left_out=expansion.left_out)


def _too_long(inputs: Properties) -> list[Failure]:
    """Return a failure for each file whose absolute path in the context is not valid."""
    path = inputs.get("path")
    if not isinstance(path, str):
        return []
    location = Location("", path)
    keys = [(name, key) for name in FILE_MAPS if isinstance(inputs.get(name), Mapping) for key in inputs[name]]
    return [
        Failure(f'{name}["{printable(key)}"]', fault) for name, key in keys if (fault := path_fault(location.path(key)))
    ]
