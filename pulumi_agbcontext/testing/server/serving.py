"""Thread that runs uvicorn on a separate event loop, with sockets on the loopback interface."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp

from pulumi_agbcontext.testing.server.exchange import Protocol

_TIMEOUT = 10.0
"""Maximum time to start or stop the thread, or to run a call in it, in seconds."""

_MAX_HEAD_BYTES = 64 * 1024
"""Maximum size of a request head in bytes, which is enough for the longest path in percent-encoding."""

_BIND_ATTEMPTS = 20

Result = TypeVar("Result")


class ServingThread:
    """Thread of this process that runs uvicorn.

    Args:
        sockets: bound sockets, which the thread closes.
        app: ASGI application to serve.

    Raises:
        RuntimeError: the server did not start within the time limit.
    """

    def __init__(self, sockets: list[socket.socket], app: ASGIApp) -> None:
        self._ready = threading.Event()
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,  # it would contain presigned URLs
            server_header=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        )
        self._server = _Server(config, self._ready)
        self._thread = threading.Thread(target=self._server.run, args=(sockets,), name="agb-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(_TIMEOUT):
            raise RuntimeError(f"the server thread did not start within {_TIMEOUT:.0f} s")

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine on the event loop of the server, and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._server.loop).result(_TIMEOUT)

    def stop(self) -> None:
        """Stop listening, and wait until the thread ends."""
        self._server.should_exit = True
        self._thread.join(_TIMEOUT)


class _Server(uvicorn.Server):
    loop: asyncio.AbstractEventLoop

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self._ready.set()


def listen(port: int) -> list[socket.socket]:
    """Bind a port of the loopback interface for IPv4 and, if available, IPv6, because `localhost` can be either.

    Args:
        port: port to bind; 0 selects a free port.

    Returns:
        The bound sockets, IPv4 first.

    Raises:
        OSError: the port is already in use.
    """
    for _ in range(_BIND_ATTEMPTS):
        ipv4 = _bind(socket.AF_INET, "127.0.0.1", port)
        try:
            return [ipv4, _bind(socket.AF_INET6, "::1", ipv4.getsockname()[1])]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:  # IPv6 is not available
                return [ipv4]
            ipv4.close()
            if port:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free on both loopback addresses")


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    # asyncio disables Nagle's algorithm only if the protocol is set explicitly. With Nagle's algorithm, responses can
    # be delayed by 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
