"""Helpers for the tests of the client."""

from __future__ import annotations

import hashlib
import io
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pulumi_agbcontext.client import Upload
from pulumi_agbcontext.testing.server import LocalServer

KEY = "key-of-the-client-tests"
LoggedCall = str


def upload(path: str, content: bytes) -> Upload:
    return Upload(path, len(content), hashlib.sha256(content).hexdigest(), lambda: io.BytesIO(content))


def count(server: LocalServer, operation: str) -> int:
    return sum(record.operation == operation for record in server.requests)


@contextmanager
def call_log() -> Iterator[list[LoggedCall]]:
    """Collect the log lines of the client and of its libraries at the lowest level."""
    lines: list[LoggedCall] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name}: {record.getMessage()}")

    root = logging.getLogger()
    collector, level = Collector(logging.NOTSET), root.level
    root.addHandler(collector)
    root.setLevel(logging.NOTSET)
    try:
        yield lines
    finally:
        root.removeHandler(collector)
        root.setLevel(level)


@contextmanager
def raw_server(
    talk: Callable[[socket.socket], None],
    wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection,
) -> Iterator[tuple[str, list[bytes]]]:
    """Run a loopback server that sends what a test specifies to each connection and records each request's head."""
    heads: list[bytes] = []
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=converse, args=(connection,), daemon=True).start()

    def converse(connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(5)
                with wrap(connection) as wrapped:
                    head = b""
                    while b"\r\n\r\n" not in head and (received := wrapped.recv(65536)):
                        head += received
                    heads.append(head)
                    talk(wrapped)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
    finally:
        stop.set()
        thread.join()
        listener.close()


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
