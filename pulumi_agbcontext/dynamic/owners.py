"""Two resources of one program that claim one name or one path: said where the second is declared."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import pulumi
import pulumi.runtime

_owners: weakref.WeakKeyDictionary[pulumi.Resource, dict[tuple[object, ...], pulumi.Resource]] = (
    weakref.WeakKeyDictionary()
)


def claim_name(resource: pulumi.Resource, name: object, region: object) -> None:
    """Claim the name of a context; a name that is an Output is seen to by the provider.

    Raises:
        pulumi.RunError: another context of this program has it.
    """
    if isinstance(name, str):
        _claim(resource, ("name", name, region if isinstance(region, str) else None), f"the name '{name}'")


def claim_paths(resource: pulumi.Resource, context_id: object, paths: Iterable[object]) -> None:
    """Claim paths in a context, known by the very Output that is its id, or by the id itself.

    Raises:
        pulumi.RunError: another resource of this program has one of them.
    """
    for path in paths:
        _claim(resource, ("path", context_id, path), f"the path '{path}'")


def _claim(resource: pulumi.Resource, key: tuple[object, ...], what: str) -> None:
    """Claim something for a resource. Each run of a program has owners of its own."""
    root = pulumi.runtime.get_root_resource()
    if root is None:
        return
    owner = _owners.setdefault(root, {}).setdefault(key, resource)
    if owner is not resource:
        kind, name = type(resource).__name__, resource.pulumi_resource_name
        raise pulumi.RunError(f"{kind} '{name}': {what} is that of '{owner.pulumi_resource_name}' already")
