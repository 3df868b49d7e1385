"""Testing kit with a local Context API and a test engine. It requires no cloud account, API key or Pulumi CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_agbcontext.testing.engine.stack import Stack
    from pulumi_agbcontext.testing.server import LocalServer

__all__ = ["LocalServer", "Stack"]

_MODULES = {
    "LocalServer": "pulumi_agbcontext.testing.server",
    "Stack": "pulumi_agbcontext.testing.engine.stack",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first access, because the server and the engine are often used separately."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULES[name]), name)
