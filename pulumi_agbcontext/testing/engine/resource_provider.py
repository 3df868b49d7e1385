"""Interface of the providers that handle resources."""

from __future__ import annotations

from typing import Protocol

from pulumi_agbcontext.testing.engine.autonaming import AutonamingOptions
from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.property_values import Properties
from pulumi_agbcontext.testing.engine.provider_responses import CheckFailure, Diff


class ResourceProvider(Protocol):
    """Provider that handles resources: a provider process or, for provider resources, the test engine."""

    def check(
        self, urn: str, olds: Properties, news: Properties, autonaming: AutonamingOptions | None = None
    ) -> tuple[Properties, list[CheckFailure]]: ...
    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff: ...
    def create(self, new: Resource, preview: bool) -> tuple[str, Properties]: ...
    def update(self, old: Resource, new: Resource, preview: bool) -> Properties: ...
