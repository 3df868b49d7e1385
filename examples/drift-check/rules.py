"""Context with rules that agents read and must not change. The files that agents write, below /notes, are not drift."""

import pulumi

import pulumi_agbcontext as agb

rules = agb.Context(
    "rules",
    files={
        "/rules/refunds.md": "Refunds above 50 need a person.",
        "/rules/privacy.md": "Never show an address.",
    },
    drift_check="content",
)

pulumi.export("context_id", rules.id)
