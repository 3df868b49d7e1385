"""Two resources of one program that claim one name or one path: said where the second is declared."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from functools import partial

import pulumi
import pulumi.runtime

from pulumi_agbcontext.messages import inputs as wrong

_owners: weakref.WeakKeyDictionary[pulumi.Resource, dict[tuple[object, ...], pulumi.Resource]] = (
    weakref.WeakKeyDictionary()
)


def claim_name(resource: pulumi.Resource, name: object, region: object) -> None:
    """Claim the name of a context; a name that is an Output is seen to by the provider.

    Raises:
        pulumi.RunError: another context of this program has it.
    """
    if isinstance(name, str):
        key = ("name", name, region if isinstance(region, str) else None)
        _claim(resource, key, partial(wrong.name_is_taken, name))


def claim_paths(resource: pulumi.Resource, context_id: object, paths: Iterable[object]) -> None:
    """Claim paths in a context, known by the very Output that is its id, or by the id itself.

    Raises:
        pulumi.RunError: another resource of this program has one of them.
    """
    for path in paths:
        _claim(resource, ("path", context_id, path), partial(wrong.path_is_taken, str(path)))


def _claim(resource: pulumi.Resource, key: tuple[object, ...], worded: Callable[[str], str]) -> None:
    """Claim something for a resource. Each run of a program has owners of its own."""
    root = pulumi.runtime.get_root_resource()
    if root is None:
        return
    owner = _owners.setdefault(root, {}).setdefault(key, resource)
    if owner is not resource:
        kind, name = type(resource).__name__, resource.pulumi_resource_name
        raise pulumi.RunError(f"{kind} '{name}': {worded(owner.pulumi_resource_name)}")
