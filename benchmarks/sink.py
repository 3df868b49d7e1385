"""A server that returns upload URLs and discards uploads as fast as one event loop can, in a separate process.

It checks nothing and stores nothing, so benchmarks against it measure the client. `ceiling` measures its own speed.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.request import urlopen

import certifi

from tests.client.certificates import make_certificate

_BUFFER = memoryview(bytearray(1 << 20))  # shared, because data is processed before the next connection is read
_HEAD_END = b"\r\n\r\n"
_STORED = b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "d41d8cd98f00b204e9800998ecf8427e"\r\n\r\n'

_THROTTLED = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Counts:
    """What the sink has received since the previous call.

    Attributes:
        requests: calls and uploads.
        connections: opened connections.
        received: bytes of bodies.
        refused: requests answered with 429.
    """

    requests: int
    connections: int
    received: int
    refused: int = 0


class Sink:
    """A running sink. Use it in a `with` block.

    Args:
        tls: directory for a certificate; None for plain http.

    Attributes:
        url: base URL, for use as an API endpoint.
        bundle: CA bundle, including the certificate of the sink.
    """

    def __init__(self, tls: Path | None = None) -> None:
        command = [sys.executable, "-m", "benchmarks.sink"]
        if tls:
            self.bundle = tls / "bundle.pem"
            certificate = make_certificate(tls / "sink.pem")
            self.bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + certificate.read_bytes())
            command.append(str(certificate))
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{int(self._process.stdout.readline())}"
        self._trusted = ssl.create_default_context(cafile=self.bundle) if tls else None

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            self._process.terminate()

    def delay(self, seconds: float) -> None:
        """Delay every response.

        Args:
            seconds: time between the end of a request and its response.
        """
        self._ask(f"delay/{seconds}")

    def allow(self, requests: int) -> None:
        """Answer 429 to every request above a number in each second.

        Args:
            requests: number of requests allowed in a second; 0 for any number.
        """
        self._ask(f"allow/{requests}")

    def counts(self) -> Counts:
        """Return what the sink has received since the previous call."""
        return Counts(**self._ask("counts"))

    def ceiling(self, requests: int = 20_000, connections: int = 16) -> float:
        """Return the number of calls a second that the sink answers to a client that does almost nothing.

        Args:
            requests: total number of requests.
            connections: number of connections, with one request in flight on each.

        Returns:
            Requests a second.
        """
        host, port = self.url.removeprefix("http://").split(":")
        sockets = [socket.create_connection((host, int(port))) for _ in range(connections)]
        call = b"POST /sdk/GetContextFileUploadUrl HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
        started = time.perf_counter()
        for _ in range(requests // connections):
            for one in sockets:
                one.sendall(call)
            for one in sockets:
                one.recv(65536)
        seconds = time.perf_counter() - started
        for one in sockets:
            one.close()
        return requests / seconds

    def _ask(self, what: str) -> dict[str, int]:
        with urlopen(f"{self.url}/{what}", context=self._trusted) as answer:  # noqa: S310  # our own process
            return dict(json.load(answer))


class _State:
    def __init__(self) -> None:
        self.delay = 0.0
        self.allowed = 0
        self.second = self.in_second = 0
        self.requests = self.connections = self.received = self.refused = 0
        self.url_answer = b""

    def take_counts(self) -> bytes:
        names = ("requests", "connections", "received", "refused")
        counts = {name: getattr(self, name) for name in names}
        for name in names:
            setattr(self, name, 0)
        return _answer(counts)

    def allows(self) -> bool:
        """Return whether this second allows another request."""
        if not self.allowed:
            return True
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.in_second = second, 0
        self.in_second += 1
        return self.in_second <= self.allowed


class _Connection(asyncio.BufferedProtocol):
    """A connection with one request at a time."""

    def __init__(self, state: _State) -> None:
        self._state = state
        self._head = b""
        self._answer = b""
        self._body_left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._state.connections += 1

    def get_buffer(self, sizehint: int) -> memoryview:
        return _BUFFER

    def buffer_updated(self, size: int) -> None:
        if self._body_left:
            self._body_left -= size
        else:
            self._head += _BUFFER[:size]
            end = self._head.find(_HEAD_END)
            if end < 0:
                return
            self._begin(self._head[:end], len(self._head) - end - len(_HEAD_END))
            self._head = b""
        if self._body_left == 0:
            self._finish()

    def _begin(self, head: bytes, received: int) -> None:
        length = _content_length(head)
        self._body_left = length - received
        state = self._state
        if head.startswith(b"PUT "):
            self._answer = _STORED
        elif head.startswith(b"POST "):
            self._answer = state.url_answer
        else:
            self._answer = self._control(head.split(b" ", 2)[1].decode())
            return
        state.requests += 1
        state.received += length
        if not state.allows():
            state.refused += 1
            self._answer = _THROTTLED

    def _control(self, path: str) -> bytes:
        _, what, *rest = path.split("/")
        if what == "counts":
            self._state.connections -= 1  # the connection of this request
            return self._state.take_counts()
        if what == "allow":
            self._state.allowed = int(rest[0])
        else:
            self._state.delay = float(rest[0])
        self._state.connections -= 1
        return _answer({})

    def _finish(self) -> None:
        if self._state.delay:
            asyncio.get_running_loop().call_later(self._state.delay, self._transport.write, self._answer)
        else:
            self._transport.write(self._answer)


def _content_length(head: bytes) -> int:
    start = head.lower().find(b"content-length:")
    return int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0


def _answer(content: object) -> bytes:
    body = json.dumps(content).encode()
    fields = (
        "HTTP/1.1 200 OK",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-Request-Id: 7f3c9e0e-0000-4000-8000-000000000000",
    )
    return "\r\n".join(fields).encode() + _HEAD_END + body


def _url_answer(scheme: str, port: int) -> bytes:
    url = f"{scheme}://127.0.0.1:{port}/objects/SdkCtx-04ml3r7wphp8nq2la/file?Expires=2000000000&Signature={'f' * 64}"
    data = {"url": url, "expireTime": 2_000_000_000}
    envelope = {"requestId": "7f3c9e0e-0000-4000-8000-000000000000", "success": True, "code": "ok", "message": ""}
    return _answer({**envelope, "httpStatusCode": 200, "data": data})


async def _serve(certificate: str = "") -> None:
    state = _State()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(state), "127.0.0.1", 0, backlog=1024, ssl=context
    )
    port = server.sockets[0].getsockname()[1]
    state.url_answer = _url_answer("https" if context else "http", port)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
