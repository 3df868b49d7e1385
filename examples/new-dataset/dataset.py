"""Data set for agents. A new version clears the context, including all derived data, and keeps its id."""

import json
from pathlib import Path

import pulumi

import pulumi_agbcontext as agb

manifest = json.loads(Path("dataset/manifest.json").read_text())

data = agb.Context(
    "data",
    files=agb.files_from("dataset"),
    clear_triggers=[manifest["version"]],
    clear_in_place=True,
)

pulumi.export("context_id", data.id)
pulumi.export("generation", data.generation)
