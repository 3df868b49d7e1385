"""What every resource tells the provider and the engine, whatever the program says."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any

import pulumi

from pulumi_agbcontext.lifecycle.context.derived_name import derived_name

# Inputs that only the provider reads. The engine shows no key that begins with two underscores.
RESOURCE = "__resource"  # what the program declares: the SDK hands a provider no URN
REPLACE_ON_CHANGES = "__replaceOnChanges"  # the SDK tells the engine no changed keys to apply the option to
_WORDS = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")


def on_wire(name: str) -> str:
    """Spell a property as on the wire: `clear_triggers` is `clearTriggers`; paths and keys of the SDK stay."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name) if _WORDS.fullmatch(name) else name


def delete_first(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Let every replacement delete first, also one that the engine decides alone (`replacement_trigger`).

    The API's create is get-or-create: a replacement created before the delete would be given the old context, and the
    delete would then delete it.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))


def internal_inputs(resource_name: str, opts: pulumi.ResourceOptions | None) -> dict[str, Any]:
    """Return the inputs that only the provider reads.

    Args:
        resource_name: logical name of the resource.
        opts: options of the resource, as the program gives them.
    """
    project, stack = pulumi.get_project(), pulumi.get_stack()
    declared = {
        "project": project,
        "stack": stack,
        "name": resource_name,
        "derivedName": _derived_name(project, stack, resource_name, opts),
    }
    named = opts.replace_on_changes if opts else None
    return {RESOURCE: declared, **({REPLACE_ON_CHANGES: [on_wire(name) for name in named]} if named else {})}


def _derived_name(
    project: str, stack: str, resource_name: str, opts: pulumi.ResourceOptions | None
) -> pulumi.Input[str]:
    if opts is None or opts.parent is None:
        return derived_name(project, stack, "", resource_name)
    # The URN without the dependency that its Output carries: a child that depends on its parent is a circle.
    future: Awaitable[str | None] = opts.parent.urn.future()
    urn: pulumi.Output[str | None] = pulumi.Output.from_input(future)
    return urn.apply(lambda urn: derived_name(project, stack, _type_of(urn or ""), resource_name))


def _type_of(urn: str) -> str:
    """Read the qualified type of a parent out of its URN; the stack itself does not count as one."""
    types = urn.split("::")[2] if "::" in urn else ""
    return "" if types == "pulumi:pulumi:Stack" else types
