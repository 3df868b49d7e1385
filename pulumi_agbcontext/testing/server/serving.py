"""The thread that serves: sockets on the loopback, uvicorn on its own event loop."""

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

_PATIENCE = 10.0
"""Seconds until a thread that neither starts nor stops is an error."""

_LONGEST_HEAD = 64 * 1024
"""Bytes of a request's head: room for the longest path there is, percent-encoded."""

_ATTEMPTS = 20

Result = TypeVar("Result")


class ServingThread:
    """uvicorn in a thread of this process.

    Args:
        sockets: bound sockets, which the thread closes.
        app: what answers.
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
            access_log=False,  # it would write presigned URLs down
            server_header=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
        )
        self._server = _Server(config, self._ready)
        self._thread = threading.Thread(target=self._server.run, args=(sockets,), name="agb-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(_PATIENCE):
            raise RuntimeError("the local server did not start")

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run something on the server's event loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._server.loop).result(_PATIENCE)

    def stop(self) -> None:
        """Stop listening and wait for the thread's end."""
        self._server.should_exit = True
        self._thread.join(_PATIENCE)


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
    """Bind one port of the loopback, for IPv4 and, where the machine has it, for IPv6: `localhost` may be either.

    Args:
        port: the port; 0 takes a free one.

    Returns:
        The bound sockets, the one for IPv4 first.

    Raises:
        OSError: the port is taken.
    """
    for _ in range(_ATTEMPTS):
        ipv4 = _bind(socket.AF_INET, "127.0.0.1", port)
        try:
            return [ipv4, _bind(socket.AF_INET6, "::1", ipv4.getsockname()[1])]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:  # this machine has no IPv6
                return [ipv4]
            ipv4.close()
            if port:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free on both loopback addresses")


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    # With its protocol said, asyncio turns Nagle's algorithm off: else many an answer waits 40 ms for the last one.
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
