"""Derived names of contexts."""

from __future__ import annotations

import hashlib


def derived_name(project: str, stack: str, parent_types: str, logical_name: str) -> str:
    """Derive the name of a context for which the program sets none. The name is stable across runs and adapters.

    Args:
        project: name of the Pulumi project.
        stack: name of the stack.
        parent_types: types of the parents as in the URN, joined by `$`; empty if there is no parent.
        logical_name: the resource's name in the program.

    Returns:
        `<logical name>-<7 hex digits>`.
    """
    seed = "\0".join((project, stack, parent_types, logical_name))
    return f"{logical_name}-{hashlib.sha256(seed.encode()).hexdigest()[:7]}"


def parent_types(urn: str) -> str:
    """Return the parent types in a URN: `A$B` for `urn:pulumi:dev::app::A$B$pkg:mod:Type::name`."""
    types = urn.split("::")[2] if urn.count("::") >= 3 else ""
    return types.rpartition("$")[0]
