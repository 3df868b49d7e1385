"""What a program pickles as the provider of a resource: a class that knows nothing until the engine configures it.

A program only names the class; what it does is loaded in the provider's process alone, so that importing this package
costs a program little more than importing Pulumi.
"""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult


class ForwardingProvider(ResourceProvider):
    """Passes the engine's calls on to what `configure` has loaded; pickled without fields."""

    serialize_as_secret_always = False  # nothing secret is captured; encrypting it is slow with many resources

    calls: ResourceProvider

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and normalise."""
        return self.calls.check(_olds, news)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare what is recorded with what is wanted."""
        return self.calls.diff(_id, _olds, _news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the resource."""
        return self.calls.create(props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Look at the resource."""
        return self.calls.read(id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change the resource."""
        return self.calls.update(_id, _olds, _news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the resource."""
        self.calls.delete(_id, _props)
