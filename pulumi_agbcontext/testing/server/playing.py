"""How each kind of fault is played.

    status          answers `status` with `headers` and a `body` that is `json` (the failure body), `html` or `empty`
    failure_body    answers HTTP 200 with the failure body, `code` and `message`
    answer          answers `status`, `headers` and exactly `content`
    reset_before    resets the connection when the head of the request is in, before any of its body is read
    reset_middle    upload: resets when half of the body is read; else: carries it out, resets at half of its answer
    reset_after     resets when the whole request is read, before it is carried out
    answer_lost     carries the request out, durably, and closes the connection without an answer
    empty           carries it out and answers with an empty body
    truncated_json  carries it out and answers with the first half of the body, as if that were all
    malformed_json  carries it out and answers with a body that is no JSON
    stall           carries it out and answers `seconds` later
    slow_body       carries it out and dribbles the body over `seconds`
    early_403       answers 403 while the body is still coming, then closes the connection

The kinds that do not say so do not carry the request out: it has no effect.
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
_DRIBBLES = 50
_LINGER_SECONDS = 0.2
"""How long an early answer is left alone before the connection closes: what comes meanwhile is not read."""


@dataclass(slots=True)
class _Answer:
    """An answer that was caught on its way out."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)

    async def catch(self, message: Message) -> None:
        """A `send` of ASGI that keeps what it is given."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        else:
            self.content += message.get("body", b"")

    def headers_for(self, content: bytes) -> Headers:
        """The headers, with the length of another content."""
        kept = [(name, value) for name, value in self.headers if name != b"content-length"]
        return [*kept, (b"content-length", str(len(content)).encode())]


async def play(fault: Fault, exchange: Exchange, handler: Handler) -> None:
    """Let a request meet a fault instead of its handler, or around it."""
    await _KINDS[fault.kind](fault.parameters, exchange, handler)


async def _carry_out(exchange: Exchange, handler: Handler) -> _Answer:
    answer = _Answer()
    await handler(replace(exchange, send=answer.catch))
    return answer


def _encoded(headers: dict[str, str]) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _status(parameters: dict[str, Any], exchange: Exchange, _: Handler) -> None:
    await exchange.drain()
    status: int = parameters["status"]
    extra = _encoded(parameters["headers"])
    if parameters["body"] == "json":
        await exchange.answer_json(status, envelopes.failure(status, f"Scripted.{status}", "A scripted fault."), extra)
        return
    content = _HTML if parameters["body"] == "html" else b""
    length = (b"content-length", str(len(content)).encode())
    await exchange.answer(status, [(b"content-type", b"text/html"), length, *extra], content)


async def _failure_body(parameters: dict[str, Any], exchange: Exchange, _: Handler) -> None:
    await exchange.drain()
    await exchange.answer_json(200, envelopes.failure(200, parameters["code"], parameters["message"]))


async def _answer(parameters: dict[str, Any], exchange: Exchange, _: Handler) -> None:
    await exchange.drain()
    content = parameters["content"].encode()
    headers = [(b"content-length", str(len(content)).encode()), *_encoded(parameters["headers"])]
    await exchange.answer(parameters["status"], headers, content)


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
        answer = await _carry_out(exchange, handler)
        await exchange.start(answer.status, answer.headers)
        await exchange.write(bytes(answer.content[: len(answer.content) // 2]), more=True)
    await exchange.reset()


async def _reset_after(_: dict[str, Any], exchange: Exchange, __: Handler) -> None:
    await exchange.drain()
    await exchange.reset()


async def _answer_lost(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    await _carry_out(exchange, handler)
    await exchange.hang_up()


async def _empty(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    await _answer_instead(b"", exchange, await _carry_out(exchange, handler))


async def _truncated_json(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    answer = await _carry_out(exchange, handler)
    await _answer_instead(bytes(answer.content[: len(answer.content) // 2]), exchange, answer)


async def _malformed_json(_: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    await _answer_instead(b'{"success": tru, "data": [}', exchange, await _carry_out(exchange, handler))


async def _answer_instead(content: bytes, exchange: Exchange, answer: _Answer) -> None:
    await exchange.answer(answer.status, answer.headers_for(content), content)


async def _stall(parameters: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    answer = await _carry_out(exchange, handler)
    await asyncio.sleep(parameters["seconds"])
    await exchange.answer(answer.status, answer.headers, bytes(answer.content))


async def _slow_body(parameters: dict[str, Any], exchange: Exchange, handler: Handler) -> None:
    answer = await _carry_out(exchange, handler)
    await exchange.start(answer.status, answer.headers)
    step = max(1, len(answer.content) // _DRIBBLES)
    for start in range(0, len(answer.content), step):
        await exchange.write(bytes(answer.content[start : start + step]), more=True)
        await asyncio.sleep(parameters["seconds"] * step / len(answer.content))
    await exchange.write(b"")


async def _early_403(_: dict[str, Any], exchange: Exchange, __: Handler) -> None:
    await exchange.start(403, [(b"content-length", str(len(_HTML)).encode()), (b"connection", b"close")])
    await exchange.write(_HTML, more=True)
    await asyncio.sleep(_LINGER_SECONDS)
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
