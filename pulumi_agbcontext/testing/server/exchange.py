"""One request and its answer, as the rest of the server sees them."""

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


class _Gathering:
    """A transport that sends what is written in one turn of the event loop at once.

    uvicorn writes head and body of an answer apart; as one segment they reach a client a third sooner.

    Args:
        transport: what it writes to.
        loop: the event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pending: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keep the data until the turn ends."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(data)

    def close(self) -> None:
        """Send the rest and close the connection in order."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Send what the connection takes at once and break it."""
        self._flush()
        self._transport.abort()

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._pending.clear()
        if data and not self._transport.is_closing():
            self._transport.write(data)


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1 that lets the application reach its connection, to break it on demand."""

    def connection_made(self, transport: Any) -> None:
        """Put the connection where the application finds it."""
        gathering = _Gathering(transport, self.loop)
        super().connection_made(gathering)  # type: ignore[arg-type]  # a transport in all that uvicorn uses
        self.app_state = {"transport": gathering}


@dataclass(slots=True)
class Exchange:
    """A request on its way through the server.

    Args:
        scope: of ASGI.
        receive: of ASGI.
        send: of ASGI.
        record: its line in the request log.
    """

    scope: Scope
    receive: Receive
    send: Send
    record: RequestRecord

    def header(self, name: bytes) -> str | None:
        """The value of a header; of one that came several times, all values."""
        values = [value.decode("latin-1") for key, value in self.scope["headers"] if key == name]
        return ",".join(values) if values else None

    async def drain(self) -> bool:
        """Read the body and forget it; false where the connection went before its end."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return False
            if not message.get("more_body", False):
                return True

    async def start(self, status: int, headers: Headers) -> None:
        """Send the head of an answer."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, content: bytes, *, more: bool = False) -> None:
        """Send content of an answer."""
        await self.send({"type": "http.response.body", "body": content, "more_body": more})

    async def answer(self, status: int, headers: Headers, content: bytes) -> None:
        """Send a whole answer."""
        await self.start(status, headers)
        await self.write(content)

    async def answer_json(self, status: int, body: dict[str, Any], extra: Headers | None = None) -> None:
        """Send an answer of the API."""
        headers, content = encode(body)
        await self.answer(status, headers + (extra or []), content)

    async def reset(self) -> None:
        """Break the connection with a reset, whatever was sent before."""
        transport = self.scope["state"]["transport"]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await self.drain_to_the_end()

    async def hang_up(self) -> None:
        """Close the connection in order."""
        self.scope["state"]["transport"].close()
        await self.drain_to_the_end()

    async def drain_to_the_end(self) -> None:
        """Wait until the connection is known to be closed."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


Handler = Callable[[Exchange], Awaitable[None]]
