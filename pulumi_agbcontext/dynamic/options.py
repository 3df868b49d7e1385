"""Inputs and options that every resource adds to the inputs and options of the program."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

import pulumi

from pulumi_agbcontext.lifecycle.context.derived_name import derived_name

# Inputs that only the provider reads. The engine does not display keys that start with two underscores.
RESOURCE = "__resource"  # the declared resource, because the SDK does not pass the URN to a provider
PREVIEW = "__preview"  # whether the program runs in a preview; not recorded
REPLACE_ON_CHANGES = "__replaceOnChanges"  # the SDK passes the engine no changed keys for the option
SECRETS = ("secret_files",)  # as marked in the models; a test compares them, because importing a model takes too long
_WORDS = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")


def on_wire(name: str) -> str:
    """Return the wire name of a property: `clearTriggers` for `clear_triggers`. Paths and SDK keys are unchanged."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name) if _WORDS.fullmatch(name) else name


def delete_first(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return the options with `delete_before_replace` set.

    The API's create is get-or-create. A replacement that is created before the delete would receive the old context,
    which the delete would then remove. The option also covers replacements that only the engine decides on
    (`replacement_trigger`).
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))


def properties_of(
    inputs: Mapping[str, Any], outputs: Iterable[str], resource_name: str, opts: pulumi.ResourceOptions | None
) -> dict[str, Any]:
    """Return the properties of a resource by wire name, with secrets marked.

    Args:
        inputs: the inputs by Python name.
        outputs: wire names of the outputs that are not inputs. They are passed as None, because the SDK creates an
            Output only for properties that it receives.
        resource_name: logical name of the resource.
        opts: resource options in the program.
    """
    secrets = {name: pulumi.Output.secret(inputs[name]) for name in SECRETS if inputs.get(name) is not None}
    properties = {on_wire(name): value for name, value in {**inputs, **secrets}.items()}
    return {**properties, **dict.fromkeys(outputs), **internal_inputs(resource_name, opts)}


def internal_inputs(resource_name: str, opts: pulumi.ResourceOptions | None) -> dict[str, Any]:
    """Return the inputs that only the provider reads.

    Args:
        resource_name: logical name of the resource.
        opts: resource options in the program.
    """
    project, stack = pulumi.get_project(), pulumi.get_stack()
    declared = {
        "project": project,
        "stack": stack,
        "name": resource_name,
        "derivedName": _derived_name(project, stack, resource_name, opts),
    }
    named = opts.replace_on_changes if opts else None
    preview = {PREVIEW: True} if pulumi.runtime.is_dry_run() else {}
    return {RESOURCE: declared, **preview, **({REPLACE_ON_CHANGES: [on_wire(name) for name in named]} if named else {})}


def _derived_name(
    project: str, stack: str, resource_name: str, opts: pulumi.ResourceOptions | None
) -> pulumi.Input[str]:
    if opts is None or opts.parent is None:
        return derived_name(project, stack, "", resource_name)
    # Drop the dependency of the URN's Output, because a child that depends on its parent causes a dependency cycle.
    future: Awaitable[str | None] = opts.parent.urn.future()
    urn: pulumi.Output[str | None] = pulumi.Output.from_input(future)
    return urn.apply(lambda urn: derived_name(project, stack, _type_of(urn or ""), resource_name))


def _type_of(urn: str) -> str:
    """Return the qualified type in the URN of a parent; empty if the parent is the stack."""
    types = urn.split("::")[2] if "::" in urn else ""
    return "" if types == "pulumi:pulumi:Stack" else types
