"""The dynamic provider of contexts. Its module path and name stand in every state's pickle: they never change."""

from __future__ import annotations

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.dynamic.forwarding import ForwardingProvider


class ContextProvider(ForwardingProvider):
    """Provides contexts."""

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration; called once in a provider process."""
        from pulumi_agbcontext.dynamic.engine_calls import EngineCalls
        from pulumi_agbcontext.lifecycle.context.handler import ContextHandler

        self.calls = EngineCalls(ContextHandler(), req)
