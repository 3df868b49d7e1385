"""Stack that manages one file in the context of another stack, and deletes the file when it is destroyed."""

import pulumi

import pulumi_agbcontext as agb

config = pulumi.Config()
if owner := config.get("owner"):
    context_id = pulumi.StackReference(owner).require_output("context_id")
else:
    context_id = pulumi.Output.from_input(config.require("context_id"))

prices = agb.ContextFile("prices", context_id=context_id, path="/prices.csv", content="item,price\nchair,120\n")

pulumi.export("file_id", prices.id)
