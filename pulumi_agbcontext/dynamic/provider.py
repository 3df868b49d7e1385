"""Dynamic provider for contexts. States contain its pickled module path and class name, which must not change."""

from __future__ import annotations

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.dynamic.forwarding import ForwardingProvider


class ContextProvider(ForwardingProvider):
    """Dynamic provider for contexts."""

    def configure(self, req: ConfigureRequest) -> None:
        """Set the configuration of the stack, once per provider process."""
        from pulumi_agbcontext.dynamic.engine_calls import EngineCalls
        from pulumi_agbcontext.lifecycle.context.handler import ContextHandler

        self.calls = EngineCalls(ContextHandler(), req)
