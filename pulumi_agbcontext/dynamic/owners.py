"""Two resources of one program that claim one name or one path: said where the second is declared."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import pulumi
import pulumi.runtime

_owners: weakref.WeakKeyDictionary[pulumi.Resource, dict[tuple[object, ...], str]] = weakref.WeakKeyDictionary()


def claim_name(resource_name: str, name: object, region: object) -> None:
    """Claim the name of a context; a name that is an Output is seen to by the provider.

    Raises:
        pulumi.RunError: another context of this program has it.
    """
    if isinstance(name, str):
        other = _claim(("name", name, region if isinstance(region, str) else None), resource_name)
        if other:
            raise pulumi.RunError(f"Context '{resource_name}': the name '{name}' is that of '{other}' already")


def claim_paths(kind: str, resource_name: str, context_id: object, paths: Iterable[object]) -> None:
    """Claim paths in a context, known by the very Output that is its id, or by the id itself.

    Raises:
        pulumi.RunError: another resource of this program has one of them.
    """
    for path in paths:
        other = _claim(("path", context_id, path), resource_name)
        if other:
            raise pulumi.RunError(f"{kind} '{resource_name}': the path '{path}' is that of '{other}' already")


def _claim(key: tuple[object, ...], resource_name: str) -> str | None:
    """Give the owner that a key has already, if any. Each run of a program has owners of its own."""
    root = pulumi.runtime.get_root_resource()
    if root is None:
        return None
    owners = _owners.setdefault(root, {})
    return None if owners.setdefault(key, resource_name) == resource_name else owners[key]
