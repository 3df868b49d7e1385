"""Preview outputs of a file."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.context_file.model import CheckedFile, ContextFileState
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Properties, refuse_malformed, wire_names


def preview(inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
    """Return the preview outputs of a file.

    Args:
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        outputs: the recorded outputs; not used, because none of them is kept.
    """
    refuse_malformed(CheckedFile, inputs)
    known = {key: value for key, value in inputs.items() if key in wire_names(ContextFileState)}
    return {**ContextFileState().on_wire(), **known, "account": UNKNOWN}
