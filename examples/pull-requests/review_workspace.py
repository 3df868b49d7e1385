"""Environment of a pull request: a context that is named after its stack, and erased and deleted with it."""

import pulumi

import pulumi_agbcontext as agb

workspace = agb.Context(
    "workspace",
    name=f"support-agent-{pulumi.get_stack()}",
    files={"/prompt.md": "You are a support agent under test."},
    clear_before_delete=True,
)

pulumi.export("context_id", workspace.id)
pulumi.export("name", workspace.name)
