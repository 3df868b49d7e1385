"""A large request body, passed from the thread that reads its source to the libcurl thread."""

from __future__ import annotations

from collections import deque
from threading import Lock, Semaphore

import pycurl

from pulumi_agbcontext.client.http.deadline import SLICE, Deadline
from pulumi_agbcontext.client.http.event_loop import EventLoop, Transfer
from pulumi_agbcontext.client.http.failures import NoAnswerError
from pulumi_agbcontext.client.http.protocol import Blocks
from pulumi_agbcontext.messages import causes

# One block is sent while the next one is read and hashed.
_BLOCKS_AHEAD = 2


class UploadStream:
    """Bounded queue of blocks between two threads.

    Args:
        body: the request body.
    """

    def __init__(self, body: Blocks) -> None:
        self.size = body.size
        self._source = body.blocks
        self._blocks: deque[memoryview] = deque()
        self._room = Semaphore(_BLOCKS_AHEAD)
        self.left = body.size
        self._paused = False
        self._lock = Lock()

    def fill(self, transfer: Transfer, loop: EventLoop, scope: Deadline) -> None:
        """Read the source to its end, or until the transfer ends early.

        Args:
            transfer: the transfer that sends the blocks.
            loop: the loop that runs the transfer.
            scope: the deadline.

        Raises:
            NoAnswerError: the deadline has passed.
            Exception: an exception raised by the source.
        """
        for block in self._source:
            while not self._room.acquire(timeout=SLICE):
                if scope.passed():
                    break
                if not transfer.done.locked():
                    return
            if scope.passed():
                raise NoAnswerError(causes.OUT_OF_TIME, retryable=True)
            with self._lock:
                self._blocks.append(memoryview(block))
                paused, self._paused = self._paused, False
            if paused:
                loop.resume(transfer)

    def read(self, size: int) -> bytes | int:
        """Handle libcurl's read callback.

        Args:
            size: maximum number of bytes.
        """
        if not self.left:
            return b""
        with self._lock:
            if not self._blocks:
                self._paused = True
                return int(pycurl.READFUNC_PAUSE)
            block = self._blocks.popleft()
            if len(block) > size:
                self._blocks.appendleft(block[size:])
        if len(block) <= size:
            self._room.release()
        self.left -= min(size, len(block))
        return bytes(block[:size])
