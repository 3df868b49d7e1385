"""Preview outputs of a directory. Outputs that the inputs do not determine are unknown."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.context_directory.model import CheckedDirectory
from pulumi_agbcontext.lifecycle.files.model import known_outputs
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Properties, refuse_malformed


def preview(inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
    """Return the preview outputs of a directory.

    Args:
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        outputs: the recorded outputs; not used, because none of them is kept.
    """
    refuse_malformed(CheckedDirectory, inputs)
    return {**known_outputs(CheckedDirectory, inputs), "account": UNKNOWN}
