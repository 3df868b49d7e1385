"""The plugin process: `pulumi-resource-agbcontext <address of the engine>`."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_agbcontext.engine_connection import EngineConnection
from pulumi_agbcontext.plugin.servicer import Provider
from pulumi_agbcontext.sdk_internals import GRPC_OPTIONS, engine_address

_CALLS_AT_ONCE = 256  # the engine decides how many it sends; threads are started as they are needed

_LOOK_SECONDS = 1.0  # how soon an engine is missed that was killed, and could not end its plugins


def main() -> None:
    """Serve until the engine ends this process, or has ended itself; the port is the one line on standard output."""
    engine = os.getppid()
    provider = Provider(version("pulumi-agbcontext"), EngineConnection(engine_address()))
    server = grpc.server(ThreadPoolExecutor(_CALLS_AT_ONCE), options=GRPC_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        while server.wait_for_termination(timeout=_LOOK_SECONDS) and os.getppid() == engine:
            pass
    except KeyboardInterrupt:
        pass
    provider.cancel()  # nobody is left to record what an operation would still do beside the next update
    server.stop(grace=None)
