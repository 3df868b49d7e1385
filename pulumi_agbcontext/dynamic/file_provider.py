"""The dynamic provider of single files. Its module path and name stand in every state's pickle: they never change."""

from __future__ import annotations

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.dynamic.forwarding import ForwardingProvider


class ContextFileProvider(ForwardingProvider):
    """Provides single files."""

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration; called once in a provider process."""
        from pulumi_agbcontext.dynamic.engine_calls import EngineCalls
        from pulumi_agbcontext.lifecycle.context_file.handler import ContextFileHandler

        self.calls = EngineCalls(ContextFileHandler(), req)
