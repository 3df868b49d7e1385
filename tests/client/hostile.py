"""A server whose misbehavior a test defines, and clients that connect to it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pulumi_agbcontext.client.http import Blocks, Collector, HttpClient, NoAnswerError, Request
from pulumi_agbcontext.client.http.deadline import within

BLOCK = bytes(512 * 1024)
MEGABYTE = 1024 * 1024


@dataclass
class Server:
    """What a hostile server has received.

    Attributes:
        url: address at which it listens.
        requests: head of each request, in the order of arrival.
        connections: number of accepted connections.
    """

    port: int
    requests: list[bytes] = field(default_factory=list, repr=False)
    connections: int = 0
    opened: list[socket.socket] = field(default_factory=list, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Peer:
    """One connection of a client."""

    def __init__(self, connection: socket.socket, server: Server) -> None:
        self.connection = connection
        self.number = server.connections
        self._server = server
        self._buffered = b""

    @property
    def port(self) -> int:
        return self._server.port

    def next_request(self) -> bytes:
        """Read and record the head of the next request. It is empty if the client has closed the connection."""
        while b"\r\n\r\n" not in self._buffered:
            if not (received := self.connection.recv(65536)):
                return b""
            self._buffered += received
        head, _, self._buffered = self._buffered.partition(b"\r\n\r\n")
        self._server.requests.append(head)
        return head

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def read(self, size: int) -> bytes:
        """Read a number of bytes of a body."""
        body = bytearray(self._buffered)
        while len(body) < size and (received := self.connection.recv(MEGABYTE)):
            body += received
        self._buffered = bytes(body[size:])
        return bytes(body[:size])

    def discard(self) -> None:
        """Discard all bytes until the client closes the connection."""
        while self.connection.recv(65536):
            pass

    def dribble(self, data: bytes) -> None:
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(0.05)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def stall(self, seconds: float = 10) -> None:
        """Neither read nor write until the client disconnects."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._is_connected():
            time.sleep(0.02)

    def _is_connected(self) -> bool:
        state = self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state == 1  # ESTABLISHED


Talk = Callable[[Peer], None]
Wrap = Callable[[socket.socket], socket.socket]


@contextmanager
def hostile_server(
    talk: Talk, *, wrap: Wrap = lambda connection: connection, host: str = "127.0.0.1"
) -> Iterator[Server]:
    """Serve each connection with a function. An error in it ends only its connection."""
    listener = socket.create_server((host, 0), backlog=512)
    listener.settimeout(0.05)
    server = Server(listener.getsockname()[1])
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                server.connections += 1
                server.opened.append(connection)
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    def converse(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            connection.settimeout(20)
            with wrap(connection) as wrapped:
                talk(Peer(wrapped, server))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join()
        listener.close()
        for connection in server.opened:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def answer(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """Return a response after which the connection can be reused."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def always(*answers: bytes) -> Talk:
    """Return a function that sends the responses in order to each connection and repeats the last one."""

    def talk(peer: Peer) -> None:
        number = 0
        while peer.next_request():
            peer.send(answers[min(number, len(answers) - 1)])
            number += 1

    return talk


def then(data: bytes, act: Callable[[Peer], None] = lambda _peer: None) -> Talk:
    """Return a function that reads the head of a request, sends data, and then runs another function."""

    def talk(peer: Peer) -> None:
        peer.next_request()
        peer.send(data)
        act(peer)

    return talk


def get(
    client: HttpClient, url: str, *, seconds: float = 10, limit: int = 65536, once: bool = False
) -> tuple[int, bytes]:
    """Send a GET and return the status and the body."""
    collector = Collector(limit)
    with within(seconds):
        response = client.exchange(Request("GET", url, {}, once=once), collector.receive)
    return response.status, collector.content


def put(client: HttpClient, url: str, size: int, *, seconds: float = 10) -> int:
    """Upload a number of bytes and return the status."""
    body = Blocks(size, iter([BLOCK] * (size // len(BLOCK)) + [bytes(size % len(BLOCK))]))
    with within(seconds):
        return client.exchange(Request("PUT", url, {}, body), Collector(65536).receive).status


def outcome(act: Callable[[], object]) -> object:
    """Return the result of a function, or the cause of a missing response."""
    try:
        return act()
    except NoAnswerError as error:
        return error.cause


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Require that a block finishes within a number of seconds."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds
