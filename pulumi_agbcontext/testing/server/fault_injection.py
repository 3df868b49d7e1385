"""Injection of faults, by kind.

These kinds do not process the request:

    status          responds with `status`, `headers` and a `body`: `json` (the failure body), `html` or `empty`
    failure_body    responds with HTTP 200 and a failure body that contains `code` and `message`
    answer          responds with exactly `status`, `headers` and `content`
    reset_before    resets the connection before the request body is read
    reset_middle    resets the connection of an upload when half of its body is read
    reset_after     resets the connection after the request body is read
    early_403       responds with HTTP 403 before the request body is read, then closes the connection

These kinds process the request:

    reset_middle    resets the connection of any other request when half of the response is sent
    answer_lost     closes the connection without a response when the effect of the request is durable
    empty           responds with an empty body
    truncated_json  responds with the first half of the body, as a complete response
    malformed_json  responds with invalid JSON
    stall           responds after `seconds`
    slow_body       sends the response body in small chunks over `seconds`
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.types import Message

from pulumi_agbcontext.testing.server import envelopes
from pulumi_agbcontext.testing.server.envelopes import Headers
from pulumi_agbcontext.testing.server.exchange import Exchange, Handler
from pulumi_agbcontext.testing.server.faults import Fault

_HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Service error</h1></body></html>"
_SLOW_BODY_CHUNKS = 50
_CLOSE_DELAY_SECONDS = 0.2
"""Time between an early response and the end of the connection, in seconds. The request body is not read meanwhile."""


@dataclass(slots=True)
class _CapturedResponse:
    """Handler response that was captured instead of being sent to the client."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)

    async def capture(self, message: Message) -> None:
        """Record a message. This is an ASGI send function."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        else:
            self.content += message.get("body", b"")

    def headers_for(self, content: bytes) -> Headers:
        """Return the headers with the length of different content."""
        kept = [(name, value) for name, value in self.headers if name != b"content-length"]
        return [*kept, (b"content-length", str(len(content)).encode())]


async def inject(fault: Fault, exchange: Exchange, handler: Handler) -> None:
    """Apply a fault to a request.

    Args:
        fault: the fault to apply.
        exchange: the request.
        handler: handler of the request, which some kinds of faults call.
    """
    await _KINDS[fault.kind](fault.parameters, exchange, handler)


async def _run_handler(exchange: Exchange, handler: Handler) -> _CapturedResponse:
    response = _CapturedResponse()
    await handler(replace(exchange, send=response.capture))
    return response


def _encode_headers(headers: dict[str, str]) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _status(parameters: dict[str, Any], exchange: Exchange, _: Handler) -> None:
    await exchange.drain()
    status: int = parameters["status"]
    extra = _encode_headers(parameters["headers"])
    if parameters["body"] == "json":
        await exchange.respond_json(status, envelopes.failure(status, f"Scripted.{status}", "A scripted fault."), extra)
        return
    content = _HTML if parameters["body"] == "html" else b""
    length = (b"content-length", str(len(content)).encode())
    await exchange.respond(status, [(b"content-type", b"text/html"), length, *extra], content)


async def _failure_body(parameters: dict[str, Any], exchange: Exchange, _: Handler) -> None:
    await exchange.drain()
    await exchange.respond_json(200, envelopes.failure(200, parameters["code"], parameters["message"]))


async def _answer(parameters: dict[str, Any], exchange: Exchange, _: Handler) -> None:
    await exchange.drain()
    content = parameters["content"].encode()
    headers = [(b"content-length", str(len(content)).encode()), *_encode_headers(parameters["headers"])]
    await exchange.respond(parameters["status"], headers, content)


async def _reset_before(_: dict[str, Any], exchange: Exchange, __: Handler) -> None:
    await exchange.reset()


async def _reset_middle(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    if exchange.record.operation == "Upload":
        read = 0
        while read < exchange.record.size // 2:
            message = await exchange.receive()
            read += len(message.get("body", b""))
            if not message.get("more_body", False):
                break
    else:
        response = await _run_handler(exchange, handler)
        await exchange.start(response.status, response.headers)
        await exchange.write(bytes(response.content[: len(response.content) // 2]), more=True)
    await exchange.reset()


async def _reset_after(_: dict[str, Any], exchange: Exchange, __: Handler) -> None:
    await exchange.drain()
    await exchange.reset()


async def _answer_lost(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    await _run_handler(exchange, handler)
    await exchange.close()


async def _empty(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    await _respond_with(b"", exchange, await _run_handler(exchange, handler))


async def _truncated_json(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    response = await _run_handler(exchange, handler)
    await _respond_with(bytes(response.content[: len(response.content) // 2]), exchange, response)


async def _malformed_json(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    await _respond_with(b'{"success": tru, "data": [}', exchange, await _run_handler(exchange, handler))


async def _respond_with(content: bytes, exchange: Exchange, response: _CapturedResponse) -> None:
    await exchange.respond(response.status, response.headers_for(content), content)


async def _stall(parameters: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    response = await _run_handler(exchange, handler)
    await asyncio.sleep(parameters["seconds"])
    await exchange.respond(response.status, response.headers, bytes(response.content))


async def _slow_body(parameters: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    response = await _run_handler(exchange, handler)
    await exchange.start(response.status, response.headers)
    step = max(1, len(response.content) // _SLOW_BODY_CHUNKS)
    for start in range(0, len(response.content), step):
        await exchange.write(bytes(response.content[start : start + step]), more=True)
        await asyncio.sleep(parameters["seconds"] * step / len(response.content))
    await exchange.write(b"")


async def _early_403(_: dict[str, Any], exchange: Exchange, __: Handler) -> None:
    await exchange.start(403, [(b"content-length", str(len(_HTML)).encode()), (b"connection", b"close")])
    await exchange.write(_HTML, more=True)
    await asyncio.sleep(_CLOSE_DELAY_SECONDS)
    await exchange.write(b"")


_KINDS: dict[str, Callable[[dict[str, Any], Exchange, Handler], Awaitable[None]]] = {
    "status": _status,
    "failure_body": _failure_body,
    "answer": _answer,
    "reset_before": _reset_before,
    "reset_middle": _reset_middle,
    "reset_after": _reset_after,
    "answer_lost": _answer_lost,
    "empty": _empty,
    "truncated_json": _truncated_json,
    "malformed_json": _malformed_json,
    "stall": _stall,
    "slow_body": _slow_body,
    "early_403": _early_403,
}
