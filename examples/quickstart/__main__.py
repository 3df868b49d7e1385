"""Context for an AI agent, seeded from ./workspace and cleared when the data set has a new version."""

import pulumi

import pulumi_agbcontext as agb

config = pulumi.Config()

workspace = agb.Context(
    "agent-workspace",
    files=agb.files_from("workspace"),
    clear_triggers=[config.get("dataset") or "v1"],
    clear_before_delete=True,
)

pulumi.export("context_id", workspace.id)
pulumi.export("name", workspace.name)
pulumi.export("file_count", workspace.file_count)
pulumi.export("bytes_seeded", workspace.size)
