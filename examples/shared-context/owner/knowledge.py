"""Stack that owns the context."""

import pulumi

import pulumi_agbcontext as agb

knowledge = agb.Context("knowledge", files=agb.files_from("knowledge"))

pulumi.export("context_id", knowledge.id)
