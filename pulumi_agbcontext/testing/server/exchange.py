"""HTTP requests and responses of the server."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pulumi_agbcontext.testing.server.envelopes import Headers, encode
from pulumi_agbcontext.testing.server.records import RequestRecord


class _BufferedTransport:
    """Transport that combines the writes of one event-loop iteration.

    uvicorn writes the head and the body of a response separately. Sent in one segment, they reach a client in two
    thirds of the time.

    Args:
        transport: underlying transport.
        loop: event loop of the transport.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pending: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Buffer the data until the next iteration of the event loop."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(data)

    def close(self) -> None:
        """Send the buffered data and close the connection."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Write the buffered data to the transport and abort the connection."""
        self._flush()
        self._transport.abort()

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._pending.clear()
        if data and not self._transport.is_closing():
            self._transport.write(data)


class Protocol(H11Protocol):
    """HTTP/1.1 protocol of uvicorn that gives the application access to its connection."""

    def connection_made(self, transport: Any) -> None:
        """Store the transport in the ASGI state."""
        buffered = _BufferedTransport(transport, self.loop)
        super().connection_made(buffered)  # type: ignore[arg-type]  # it has every method that uvicorn calls
        self.app_state = {"transport": buffered}


@dataclass(slots=True)
class Exchange:
    """Request in progress, with methods to respond to it.

    Args:
        scope: ASGI scope.
        receive: ASGI receive function.
        send: ASGI send function.
        record: record of the request in the request log.
    """

    scope: Scope
    receive: Receive
    send: Send
    record: RequestRecord

    def header(self, name: bytes) -> str | None:
        """Return the value of a header; for a repeated header, all values separated by commas."""
        values = [value.decode("latin-1") for key, value in self.scope["headers"] if key == name]
        return ",".join(values) if values else None

    async def drain(self) -> bool:
        """Read and discard the body. Return whether it was complete before the connection closed."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return False
            if not message.get("more_body", False):
                return True

    async def start(self, status: int, headers: Headers) -> None:
        """Send the head of a response."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, content: bytes, *, more: bool = False) -> None:
        """Send content of a response."""
        await self.send({"type": "http.response.body", "body": content, "more_body": more})

    async def respond(self, status: int, headers: Headers, content: bytes) -> None:
        """Send a complete response."""
        await self.start(status, headers)
        await self.write(content)

    async def respond_json(self, status: int, body: dict[str, Any], extra: Headers | None = None) -> None:
        """Send a response of the API."""
        headers, content = encode(body)
        await self.respond(status, headers + (extra or []), content)

    async def reset(self) -> None:
        """Reset the connection."""
        transport = self.scope["state"]["transport"]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await self.wait_closed()

    async def close(self) -> None:
        """Close the connection gracefully."""
        self.scope["state"]["transport"].close()
        await self.wait_closed()

    async def wait_closed(self) -> None:
        """Wait until the connection is closed."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


Handler = Callable[[Exchange], Awaitable[None]]
