"""Entry point of the plugin process: `pulumi-resource-agbcontext <address of the engine>`."""

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

_CALLS_AT_ONCE = 256  # an upper limit: the engine decides how many calls it sends, and threads start on demand

_USAGE = """usage: pulumi-resource-agbcontext [address of the engine]

The Pulumi provider plugin for AGB contexts. The Pulumi CLI starts it, so you do not need to run it manually.
To use it, add its directory to PATH, or run `pulumi package add` with the directory or the Git URL of the package.
"""
_POLL_SECONDS = 1.0  # polling interval, to detect an engine that was killed and could not stop its plugins


def main() -> None:
    """Serve until the engine terminates this process or exits. Print the port as the only line on standard output."""
    if not {"-h", "--help"}.isdisjoint(sys.argv[1:]):
        sys.stdout.write(_USAGE)
        return
    engine = os.getppid()
    provider = Provider(version("pulumi-agbcontext"), EngineConnection(engine_address()))
    server = grpc.server(ThreadPoolExecutor(_CALLS_AT_ONCE), options=GRPC_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        while server.wait_for_termination(timeout=_POLL_SECONDS) and os.getppid() == engine:
            pass
    except KeyboardInterrupt:
        pass
    provider.cancel()  # without the engine, further changes cannot be recorded and may conflict with the next update
    server.stop(grace=None)
