"""Object store behind presigned URLs, which streams a PUT or GET of one file."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote_to_bytes

from pulumi_agbcontext.testing.server.blobs import MAX_IN_MEMORY, Spool
from pulumi_agbcontext.testing.server.exchange import Exchange
from pulumi_agbcontext.testing.server.signing import Signer, is_current
from pulumi_agbcontext.testing.server.store import Store
from pulumi_agbcontext.testing.server.stored_files import FileRecord
from pulumi_agbcontext.testing.server.threads import in_thread

PREFIX = "/objects/"
_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """Parts of a presigned URL, not yet verified.

    Args:
        account: label of the account.
        context: ID of the context.
        path: path of the file; empty if this server cannot have issued the URL.
        expires: expiry as written in the URL.
        signature: signature as written in the URL.
    """

    account: str = ""
    context: str = ""
    path: str = ""
    expires: str = ""
    signature: str = ""


def read_target(raw_path: bytes, query: bytes) -> Target:
    """Parse a presigned URL.

    Returns:
        The parts, which are empty if a query parameter is missing, duplicated or unknown.
    """
    try:
        location = unquote_to_bytes(raw_path).decode()
        fields = parse_qsl(query.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        return Target()
    account, _, rest = location.removeprefix(PREFIX).partition("/")
    context, slash, path = rest.partition("/")
    if sorted(name for name, _ in fields) != ["expires", "signature"]:
        return Target()
    return Target(account, context, slash + path, **dict(fields))


class Objects:
    """Handler of uploads and downloads.

    Args:
        store: contexts and files.
        signer: signer of the URLs.
    """

    def __init__(self, store: Store, signer: Signer) -> None:
        self._store = store
        self._signer = signer

    async def handle(self, exchange: Exchange) -> None:
        """Respond to a request for a presigned URL."""
        scope = exchange.scope
        target = read_target(scope["raw_path"], scope["query_string"])
        if exchange.header(b"authorization") is not None:
            await _refuse(exchange, 400, "InvalidArgument", "A presigned URL does not allow an Authorization header.")
        elif not await self._store.run(self._allows, scope["method"], target):
            await _refuse(exchange, 403, "AccessDenied", "The URL is invalid or expired, or its context is deleted.")
        elif scope["method"] == "PUT":
            await self._upload(exchange, target)
        else:
            await self._download(exchange, target)

    def _allows(self, method: str, target: Target) -> bool:
        parts = (method, target.account, target.context, target.path, target.expires)
        return (
            self._signer.matches(target.signature, *parts)
            and is_current(target.expires, time.time())
            and self._store.find(target.account, target.context) is not None
        )

    async def _upload(self, exchange: Exchange, target: Target) -> None:
        if exchange.header(b"content-length") is None:
            await _refuse(exchange, 411, "MissingContentLength", "An upload requires a Content-Length header.")
            return
        spool = Spool(self._store.blobs)
        try:
            if not await _receive(exchange, spool):
                return  # the client closed the connection, so nothing is stored and no response can be sent
            stored = await self._store.run(self._store.put_file, target.account, target.context, target.path, spool)
        finally:
            spool.discard()
        if stored:
            await exchange.respond(200, [(b"etag", f'"{spool.sha256}"'.encode()), (b"content-length", b"0")], b"")
        else:
            await _refuse(exchange, 403, "AccessDenied", "The context does not exist.")

    async def _download(self, exchange: Exchange, target: Target) -> None:
        opened = await self._store.run(self._store.files.open, target.context, target.path)
        if opened is None:
            await _refuse(exchange, 404, "NoSuchKey", "The file does not exist.")
            return
        file, content = opened
        with content:
            await _send_range(exchange, file, content)


async def _receive(exchange: Exchange, spool: Spool) -> bool:
    """Receive the body. Return whether it was complete before the connection closed."""
    pending = bytearray()
    while True:
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            return False
        pending += message.get("body", b"")
        if not message.get("more_body", False):
            break
        if len(pending) >= MAX_IN_MEMORY:
            await in_thread(spool.write, bytes(pending))
            pending.clear()
    if spool.size + len(pending) > MAX_IN_MEMORY:
        await in_thread(spool.write, bytes(pending))
    else:
        spool.write(bytes(pending))
    return True


async def _send_range(exchange: Exchange, file: FileRecord, content: BinaryIO) -> None:
    """Send a file, or the requested range of it."""
    requested = _RANGE.fullmatch(exchange.header(b"range") or "")
    first, last = _bounds(requested, file.size) if requested else (0, file.size - 1)
    if requested and first > last:
        await _refuse(exchange, 416, "InvalidRange", "The range is outside the file.")
        return
    length = last - first + 1
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"content-length", str(length).encode()),
        (b"etag", f'"{file.sha256}"'.encode()),
        (b"accept-ranges", b"bytes"),
    ]
    if requested:
        headers.append((b"content-range", f"bytes {first}-{last}/{file.size}".encode()))
    exchange.record.size = length
    await exchange.start(206 if requested else 200, headers)
    content.seek(first)
    while length > _CHUNK:
        await exchange.write(await in_thread(content.read, _CHUNK), more=True)
        length -= _CHUNK
    await exchange.write(content.read(length))


def _bounds(requested: re.Match[str], size: int) -> tuple[int, int]:
    """Return the offsets of the first and the last byte of a range; the first is larger if the range is empty."""
    first, last = requested.groups()
    if not first:
        return (max(size - int(last), 0), size - 1) if last and int(last) else (0, -1)
    return int(first), min(int(last or size), size - 1)


async def _refuse(exchange: Exchange, status: int, code: str, message: str) -> None:
    """Respond in XML, as object stores do. The rest of a request body is discarded."""
    content = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    headers = [(b"content-type", b"application/xml"), (b"content-length", str(len(content)).encode())]
    await exchange.respond(status, headers, content.encode())
