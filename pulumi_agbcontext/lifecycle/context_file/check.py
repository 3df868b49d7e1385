"""Check operation for files: validates the inputs and hashes the content. No requests are sent."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.context_file.model import CONTENTS, ContextFileInputs
from pulumi_agbcontext.lifecycle.files.source_kinds import SourceError
from pulumi_agbcontext.lifecycle.files.sources import take_digest
from pulumi_agbcontext.lifecycle.handlers import Checked
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Failure, Properties, is_unknown, validated
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.redaction import printable


def check(news: Properties) -> Checked:
    """Validate the inputs of a file and compute the digest of its content without sending requests.

    Args:
        news: the program's inputs by wire name, with unknown values as `UNKNOWN`. `size` and `sha256` are ignored and
            computed again.

    Returns:
        The checked inputs and the failures.
    """
    given = {key: value for key, value in news.items() if key not in ("size", "sha256") and value is not None}
    inputs, failures = validated(ContextFileInputs, given)
    sources = [key for key in CONTENTS if key in given]
    if len(sources) != 1:
        failures.append(Failure("content", invalid.not_one_content(sources)))
    elif not failures:
        inputs |= _digest(sources[0], inputs[sources[0]], failures)
    return Checked(inputs, failures)


def _digest(key: str, value: object, failures: list[Failure]) -> dict[str, Any]:
    if is_unknown(value):
        return {"size": UNKNOWN, "sha256": UNKNOWN}
    try:
        file = take_digest(CONTENTS[key].of(str(value)))
    except SourceError as fault:
        failures.append(Failure(key, printable(str(fault))))
        return {}
    return {"size": file.size, "sha256": file.sha256}
