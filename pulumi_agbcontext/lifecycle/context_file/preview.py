"""What a preview can say of the outputs of a file."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.context_file.model import CheckedFile, ContextFileState
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Properties, refuse_malformed, wire_names


def preview(inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
    """Return what is known of the outputs of a file.

    Args:
        inputs: checked inputs, unknown values as `UNKNOWN`.
        outputs: the recorded outputs, of which none stays.
    """
    refuse_malformed(CheckedFile, inputs)
    known = {key: value for key, value in inputs.items() if key in wire_names(ContextFileState)}
    return {"overwriteOnCreate": False, **known, "account": UNKNOWN}
