"""Options that every resource of ours needs, whatever the program says."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pulumi

REPLACE_ON_CHANGES = "replaceOnChanges"  # in the inputs only: the SDK tells the engine no changed keys to apply it to
_WORDS = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")


def on_wire(name: str) -> str:
    """Spell a property as on the wire: `clear_triggers` is `clearTriggers`; paths and keys of the SDK stay."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name) if _WORDS.fullmatch(name) else name


def delete_first(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Let every replacement delete first, also one that the engine decides alone (`replacement_trigger`).

    The API's create is get-or-create: a replacement made before the delete would be given the old context, and the
    delete would then take it away.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))


def replace_on_changes(opts: pulumi.ResourceOptions | None) -> dict[str, list[str]]:
    """Tell the provider for which properties the program wants a replacement; without the option, nothing."""
    named = opts.replace_on_changes if opts else None
    return {REPLACE_ON_CHANGES: [on_wire(name) for name in named]} if named else {}


def forced(changes: Iterable[str], named: Iterable[str]) -> list[str]:
    """Choose the changes that are to replace: those of a named property, at any depth; `*` names all."""
    wanted = list(named)
    return [path for path in changes if any(name in ("*", path) or path.startswith(f"{name}[") for name in wanted)]
