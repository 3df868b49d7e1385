"""Preview outputs of a context. Outputs that the inputs do not determine are unknown."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.lifecycle.context.clear_triggers import triggered
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, state_of
from pulumi_agbcontext.lifecycle.context.owner_record import IMPORTED
from pulumi_agbcontext.lifecycle.files.model import known_outputs
from pulumi_agbcontext.lifecycle.properties import UNKNOWN, Properties, is_unknown, refuse_malformed


def preview(inputs: Properties, outputs: Properties | None) -> dict[str, Any]:
    """Return the preview outputs of a context.

    Args:
        inputs: checked inputs, with unknown values as `UNKNOWN`.
        outputs: the recorded outputs; None if the context will be created.
    """
    refuse_malformed(ContextInputs, inputs)
    known = known_outputs(ContextInputs, inputs)
    return {**known, **(_made(known) if outputs is None else _changed(known, outputs))}


def _made(inputs: Properties) -> dict[str, Any]:
    owner = {"ownerId": UNKNOWN} if inputs["ownerRecord"] else {}
    return {"generation": 1, "createdAt": UNKNOWN, "account": UNKNOWN, **owner}


def _changed(inputs: Properties, outputs: Properties) -> dict[str, Any]:
    old = state_of(outputs)
    clears = inputs.get("clearInPlace") and triggered(old.clear_triggers, inputs.get("clearTriggers"))
    unsure = is_unknown(inputs.get("clearTriggers"))
    region = inputs.get("region") or old.region
    unowned = inputs["ownerRecord"] and old.owner_id in (None, IMPORTED)
    owner_id = UNKNOWN if unowned else old.owner_id
    kept = {"createdAt": old.created_at, "region": region, "account": UNKNOWN, "ownerId": owner_id}
    generation = UNKNOWN if unsure else old.generation + int(bool(clears))
    return {key: value for key, value in {**kept, "generation": generation}.items() if value is not None}
