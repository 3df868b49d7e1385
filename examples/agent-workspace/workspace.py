"""Workspace of an agent. The environments share this program and differ only in their stack configuration."""

import pulumi

import pulumi_agbcontext as agb

config = pulumi.Config()
permanent = config.get_bool("permanent") or False

workspace = agb.Context(
    "workspace",
    name=f"support-agent-{pulumi.get_stack()}",
    files={
        **agb.files_from("workspace", exclude=["*.draft.md"]),
        "/greeting.txt": config.require("greeting"),
    },
    opts=pulumi.ResourceOptions(protect=permanent, retain_on_delete=permanent),
)

pulumi.export("context_id", workspace.id)
pulumi.export("name", workspace.name)
