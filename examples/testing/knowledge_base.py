"""Component with a context of articles and an index that lists them."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

import pulumi_agbcontext as agb


class KnowledgeBase(pulumi.ComponentResource):
    """Articles for agents, below `/articles`, and `/index.txt` with their sorted names."""

    context: agb.Context

    def __init__(self, name: str, articles: Mapping[str, str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("example:agents:KnowledgeBase", name, None, opts)
        files = {f"/articles/{title}": text for title, text in articles.items()}
        self.context = agb.Context(
            name,
            files={**files, "/index.txt": "\n".join(sorted(articles))},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"context_id": self.context.id})
