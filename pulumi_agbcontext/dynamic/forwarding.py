"""Base class of the dynamic providers that programs pickle.

The implementation is loaded only in the provider process, when the engine configures it. Importing this package
therefore takes little longer than importing Pulumi.
"""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult


class ForwardingProvider(ResourceProvider):
    """Provider that forwards the engine's calls to the object that `configure` loads. It is pickled without fields."""

    serialize_as_secret_always = False  # the pickle contains no secrets; encrypting it is slow with many resources

    calls: ResourceProvider

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate and normalize the inputs."""
        return self.calls.check(_olds, news)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare the recorded state with the inputs."""
        return self.calls.diff(_id, _olds, _news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the resource."""
        return self.calls.create(props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the resource."""
        return self.calls.read(id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Update the resource."""
        return self.calls.update(_id, _olds, _news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the resource."""
        self.calls.delete(_id, _props)
