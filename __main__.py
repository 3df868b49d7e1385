"""The plugin as Pulumi starts it from this folder, see PulumiPlugin.yaml."""

from __future__ import annotations

from pulumi_agbcontext.plugin.server import main

main()
