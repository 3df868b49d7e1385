"""Knowledge of a support agent: a directory of articles, and a greeting from the stack configuration."""

import pulumi

import pulumi_agbcontext as agb

config = pulumi.Config()

knowledge = agb.Context(
    "knowledge",
    files={
        **agb.files_from("knowledge", prefix="/articles"),
        "/greeting.txt": config.get("greeting") or "Hello!",
    },
    clear_triggers=[config.get("release") or "1"],
)

pulumi.export("context_id", knowledge.id)
pulumi.export("files", knowledge.file_count)
