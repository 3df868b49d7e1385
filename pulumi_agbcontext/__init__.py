"""The Pulumi provider for AGB contexts: declare, seed, rename, clear and delete what AI-agent sandboxes mount."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_agbcontext.dynamic.context import Context
    from pulumi_agbcontext.dynamic.files import files_from

__all__ = ["Context", "files_from"]

_HOMES = {"Context": "dynamic.context", "files_from": "dynamic.files"}


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for: the client and the local server start without loading Pulumi."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
