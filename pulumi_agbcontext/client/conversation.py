"""One connection, and the requests and answers on it, every wait of them under the current deadline.

http.client reads the answers. The requests are written here: a head and a small body leave in one piece, where
http.client writes them in two and judges every field anew, which costs a third of the rate of small files.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

from pulumi_agbcontext.client import deadline
from pulumi_agbcontext.messages import reasons

Body = bytes | Iterable[bytes | memoryview]

IDLE_SECONDS = 30.0


class Response(http.client.HTTPResponse):
    """An answer whose end before its announced length is an error, also for who reads it in pieces."""

    def read(self, amt: int | None = None) -> bytes:
        """Read some of the body; empty at its end.

        Args:
            amt: bytes at most; fewer come only at the end.

        Raises:
            http.client.HTTPException, OSError: it ended early or is malformed.
        """
        data = super().read(amt)
        if self.length and (amt is None or len(data) < amt):
            raise http.client.IncompleteRead(data, self.length)
        return data


class Conversation:
    """Speaks HTTP over one connection, one request at a time.

    Args:
        sock: connected.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(deadline.SLICE)
        self._socket = sock
        self._answer: Response | None = None

    def ask(self, method: str, head: bytes, body: Body) -> Response:
        """Send a request and read the head of its answer.

        Args:
            method: HTTP method.
            head: of the request, up to the body.
            body: bytes, or pieces of them, as many as the head says.

        Returns:
            The answer, its body unread.

        Raises:
            http.client.HTTPException, OSError: no answer came, or none that is HTTP.
        """
        patience, whole = _Patience(), True
        self._answer = None
        try:
            if isinstance(body, bytes):
                self._send(head + body, patience)
            else:
                self._send(head, patience)
                for piece in body:
                    self._send(piece, patience)
        except (BrokenPipeError, ConnectionResetError):
            whole = False  # who refuses an upload before its end has said why
        answer = Response(cast(socket.socket, _Stream(self._socket, patience)), method=method)
        answer.begin()
        if whole:
            self._answer = answer
        return answer

    def is_over(self) -> bool:
        """Whether all was sent and all was read, so that the connection can be used again."""
        return self._answer is not None and self._answer.isclosed() and not self._answer.will_close

    def is_stale(self) -> bool:
        """Whether the other side has closed the connection, or said something that nobody asked for."""
        from urllib3.util import wait_for_read  # loaded with the first connection, as all of urllib3

        return wait_for_read(self._socket, timeout=0.0)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _send(self, data: bytes | memoryview, patience: _Patience) -> None:
        left = memoryview(data)
        while left:
            left = left[patience.wait_for(lambda: self._socket.send(left)) :]  # noqa: B023  # called at once


class _Patience:
    """Repeats a step that a slice of waiting cut off, until the deadline or too long a silence."""

    def __init__(self) -> None:
        self._scope = deadline.current()

    def wait_for(self, step: Callable[[], int]) -> int:
        silent_until = time.monotonic() + IDLE_SECONDS
        while not self._scope.passed() and time.monotonic() < silent_until:
            try:
                return step()
            except TimeoutError:
                continue
        raise TimeoutError(reasons.OUT_OF_TIME)


class _Stream(io.RawIOBase):
    """What http.client reads an answer from."""

    def __init__(self, sock: socket.socket, patience: _Patience) -> None:
        self._socket = sock
        self._patience = patience

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._patience.wait_for(lambda: self._socket.recv_into(buffer))
