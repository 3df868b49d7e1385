"""The plugin's resources for programs without a generated SDK, used by the differential tests."""

from __future__ import annotations

from typing import Any

import pulumi

CONTEXT_OUTPUTS = ("name", "region", "files", "fileCount", "size", "generation")
THEIRS = pulumi.Config().get("theirs") or ""
DYNAMIC_CONTEXT = "pulumi-python:dynamic/agbcontext:Context"


class Context(pulumi.CustomResource):
    """A context."""

    name: pulumi.Output[str]
    files: pulumi.Output[dict[str, str]]
    size: pulumi.Output[int]
    generation: pulumi.Output[int]

    def __init__(self, logical_name: str, opts: pulumi.ResourceOptions | None = None, /, **properties: Any) -> None:
        unset = dict.fromkeys(CONTEXT_OUTPUTS)
        super().__init__("agbcontext:index:Context", logical_name, {**unset, **properties}, opts)


class ContextFile(pulumi.CustomResource):
    """A single file in a context."""

    size: pulumi.Output[int]
    sha256: pulumi.Output[str]

    def __init__(self, logical_name: str, opts: pulumi.ResourceOptions | None = None, /, **properties: Any) -> None:
        unset = dict.fromkeys(("size", "sha256"))
        super().__init__("agbcontext:index:ContextFile", logical_name, {**unset, **properties}, opts)


class Provider(pulumi.ProviderResource):
    """An explicit provider."""

    def __init__(self, logical_name: str, opts: pulumi.ResourceOptions | None = None, /, **settings: Any) -> None:
        super().__init__("agbcontext", logical_name, settings, opts)


class Group(pulumi.ComponentResource):
    """A component with one context in it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, /, **properties: Any) -> None:
        super().__init__("boxes:index:Group", name, None, opts)
        self.context = Context(f"{name}-context", pulumi.ResourceOptions(parent=self), **properties)
        self.register_outputs({})


def look(function: str, opts: pulumi.InvokeOptions | None = None, /, **arguments: Any) -> Any:
    """Call a function of the plugin."""
    return pulumi.runtime.invoke(f"agbcontext:index:{function}", arguments, opts or pulumi.InvokeOptions()).value


def texts(**files: str) -> dict[str, Any]:
    """Return files given as text, by name in the root of a context."""
    return {f"/{name}": pulumi.StringAsset(content) for name, content in files.items()}
