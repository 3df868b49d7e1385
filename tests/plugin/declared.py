"""The program of the contract tests: it declares the resources in `wanted.json` through either adapter.

Among files, a text that ends with a slash is a directory, and any other text is content. `${data.id}` is the output
of another resource, and `${data}` is the resource itself.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pulumi

import pulumi_agbcontext as agb

OUTPUTS = ("name", "region", "files", "generation", "size", "sha256")
WANTED = json.loads(Path("wanted.json").read_text())
MADE: dict[str, Any] = {}


def snake(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties with Python names."""
    return {re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", key): value for key, value in properties.items()}


def asset(text: str) -> pulumi.Asset | pulumi.Archive:
    """Return the asset or archive to seed."""
    return pulumi.FileArchive(text) if text.endswith("/") else pulumi.StringAsset(text)


def value(key: str, wanted: Any) -> Any:
    """Return one property with its references resolved."""
    if key in ("files", "secretFiles"):
        return {path: asset(text) for path, text in wanted.items()}
    if isinstance(wanted, str) and wanted.startswith("${"):
        name, _, output = wanted[2:-1].partition(".")
        return getattr(MADE[name], output) if output else MADE[name]
    return wanted


def declare(name: str, wanted: dict[str, Any]) -> Any:
    """Declare one resource: a file or a directory if it has a path, otherwise a context."""
    options = {key: value(key, one) for key, one in snake(wanted.pop("options", {})).items()}
    properties = {key: value(key, one) for key, one in wanted.items()}
    kind = "Context" if "path" not in wanted else "ContextDirectory" if "files" in wanted else "ContextFile"
    if WANTED["adapter"] == "dynamic":
        return getattr(agb, kind)(name, **snake(properties), opts=pulumi.ResourceOptions(**options))
    unset = dict.fromkeys(OUTPUTS)
    opts = pulumi.ResourceOptions(**options)
    return pulumi.CustomResource(f"agbcontext:index:{kind}", name, {**unset, **properties}, opts)


for logical_name, declared in WANTED["resources"].items():
    MADE[logical_name] = declare(logical_name, declared)
