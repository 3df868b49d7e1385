"""Context that this program seeds and agents mount and write to."""

import pulumi

import pulumi_agbcontext as agb

workspace = agb.Context(
    "workspace",
    files={"/": pulumi.FileArchive("workspace")},
    force_destroy=False,
    when_in_use="wait",
    clear_timeout=600,
)

pulumi.export("context_id", workspace.id)
