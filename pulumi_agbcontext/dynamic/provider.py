"""The dynamic provider of contexts. Its module path and name stand in every state's pickle: they never change."""

from __future__ import annotations

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.dynamic.forwarding import ForwardingProvider

DERIVED_NAME = "derivedName"  # in the program's inputs only: check has no URN to derive a name from


class ContextProvider(ForwardingProvider):
    """Provides contexts."""

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration; called once in a provider process."""
        from pulumi_agbcontext.dynamic.context_hooks import ContextHooks

        self.hooks = ContextHooks(req)
