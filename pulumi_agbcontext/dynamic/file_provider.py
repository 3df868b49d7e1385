"""Dynamic provider for single files. States contain its pickled module path and class name, which must not change."""

from __future__ import annotations

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.dynamic.forwarding import ForwardingProvider


class ContextFileProvider(ForwardingProvider):
    """Dynamic provider for single files."""

    def configure(self, req: ConfigureRequest) -> None:
        """Set the configuration of the stack, once per provider process."""
        from pulumi_agbcontext.dynamic.engine_calls import EngineCalls
        from pulumi_agbcontext.lifecycle.context_file.handler import ContextFileHandler

        self.calls = EngineCalls(ContextFileHandler(), req)
