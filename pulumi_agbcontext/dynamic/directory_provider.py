"""Dynamic provider for directories. States contain its pickled module path and class name, which must not change."""

from __future__ import annotations

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.dynamic.forwarding import ForwardingProvider


class ContextDirectoryProvider(ForwardingProvider):
    """Dynamic provider for directories."""

    def configure(self, req: ConfigureRequest) -> None:
        """Set the configuration of the stack, once per provider process."""
        from pulumi_agbcontext.dynamic.engine_calls import EngineCalls
        from pulumi_agbcontext.lifecycle.context_directory.handler import ContextDirectoryHandler

        self.calls = EngineCalls(ContextDirectoryHandler(), req)
