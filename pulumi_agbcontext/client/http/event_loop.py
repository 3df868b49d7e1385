"""The event loop that runs all libcurl transfers of a client in one thread, over one connection pool.

A single multi handle shares connections and CA certificates. Separate easy handles for 128 threads would need four
times the memory and three times the file descriptors.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

import pycurl

from pulumi_agbcontext.client.http.sockets import WatchedSockets
from pulumi_agbcontext.messages import log

logger = logging.getLogger("pulumi_agbcontext")

_LONGEST_SLEEP = 60.0
_LOOP_ENDED = (pycurl.E_ABORTED_BY_CALLBACK, "the HTTP client was closed")
_EVENTS = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


class Transfer:
    """A request that the loop performs.

    Args:
        handle: configured easy handle; the loop owns it until `done` is released.

    Attributes:
        done: lock that is held until the transfer has ended, with or without success.
        failure: error code and message from libcurl; None after a success.
    """

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.done = Lock()
        self.done.acquire()
        self.failure: tuple[int, str] | None = None

    def finish(self, failure: tuple[int, str] | None) -> None:
        """Record the outcome and release the thread that is waiting for the transfer."""
        self.failure = failure
        with contextlib.suppress(RuntimeError):  # already released
            self.done.release()


_inherited: list[EventLoop] = []
"""Loops inherited from the parent in a forked process. Freeing them would end TLS connections of the parent."""


class EventLoop:
    """Event loop that runs transfers in a dedicated thread.

    Args:
        idle: maximum number of idle connections to all hosts.

    Attributes:
        sockets: the sockets that the loop watches.
        acting: descriptor of the connection that libcurl is processing; -1 if unknown.
    """

    def __init__(self, idle: int) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, idle)
        self._selector = selectors.DefaultSelector()
        self._waker, self._wakee = socket.socketpair()
        for end in (self._waker, self._wakee):
            end.setblocking(False)
        self._selector.register(self._wakee, selectors.EVENT_READ)
        self._commands: deque[tuple[Callable[[Transfer], None], Transfer]] = deque()
        self._running: dict[Any, Transfer] = {}
        self._opened: list[socket.socket] = []
        self.sockets = WatchedSockets(self._selector)
        self._timer: float | None = None
        self._asleep = False
        self._closing = False
        self._ended = False
        self._process = os.getpid()
        self.acting = -1
        self._thread = threading.Thread(target=self._run, name="agbcontext-http", daemon=True)
        self._thread.start()

    @property
    def usable(self) -> bool:
        """Return whether the loop is running in this process. A forked process does not inherit threads."""
        return not self._ended and self._process == os.getpid()

    def start(self, transfer: Transfer) -> None:
        """Start a transfer."""
        self._command(self._add, transfer)

    def cancel(self, transfer: Transfer) -> None:
        """Abort a transfer and close its connection; `done` is released once the transfer has stopped."""
        self._command(self._abort, transfer)

    def resume(self, transfer: Transfer) -> None:
        """Resume a transfer that was paused by its read callback."""
        self._command(self._unpause, transfer)

    def opened(self, sock: socket.socket) -> socket.socket:
        """Register a socket from an open-socket callback to be closed later, because libcurl duplicates it."""
        self._opened.append(sock)
        return sock

    def close(self) -> None:
        """End all transfers and close all connections, without waiting: the garbage collector may call it."""
        if self._process != os.getpid():
            _inherited.append(self)
            return
        self._closing = True
        self._wake()

    def join(self) -> None:
        """Wait until the loop has ended after `close`."""
        if self._process == os.getpid():
            self._thread.join()

    def _command(self, act: Callable[[Transfer], None], transfer: Transfer) -> None:
        self._commands.append((act, transfer))
        if self._ended:
            self._release_commanded()
        self._wake()

    def _wake(self) -> None:
        if self._asleep:  # otherwise the loop checks for commands before it sleeps
            self._asleep = False
            with contextlib.suppress(OSError):  # already full of wake-ups, or closed
                self._waker.send(b"\0")

    def _run(self) -> None:
        try:
            while not self._closing:
                self._wait()
                while self._commands:
                    act, transfer = self._commands[0]
                    act(transfer)
                    self._commands.popleft()  # not earlier: after an exception, `_shut_down` releases the transfer
                if self._timer is not None and time.monotonic() >= self._timer:
                    self._timer = None
                    self._act(pycurl.SOCKET_TIMEOUT, 0)
                self._collect()
        except Exception:
            # Callers must not wait forever. Their requests fail and can be retried with a new loop.
            logger.exception(log.EVENT_LOOP_FAILED)
        finally:
            self._shut_down()

    def _wait(self) -> None:
        """Sleep until a socket, the timer or a command needs attention."""
        self._asleep = True
        seconds = _LONGEST_SLEEP if self._timer is None else max(0.0, self._timer - time.monotonic())
        events = self._selector.select(0 if self._commands or self._closing else seconds)
        self._asleep = False
        for key, mask in events:
            if key.fileobj is self._wakee:
                self._wakee.recv(4096)
            elif self.sockets.is_idle(key.fd):
                self.sockets.end(key.fd)
            else:
                self._act(key.fd, mask)

    def _act(self, fd: int, mask: int) -> None:
        flags = (pycurl.CSELECT_IN if mask & selectors.EVENT_READ else 0) | (
            pycurl.CSELECT_OUT if mask & selectors.EVENT_WRITE else 0
        )
        self.acting = fd
        self._multi.socket_action(fd, flags)
        self.acting = -1
        while self._opened:
            self._opened.pop().close()

    def _collect(self) -> None:
        while True:
            waiting, succeeded, failed = self._multi.info_read()
            for handle in succeeded:
                self._end(self._running[handle], None)
            for handle, code, message in failed:
                self._end(self._running[handle], (code, message))
            if not waiting:
                return

    def _add(self, transfer: Transfer) -> None:
        try:
            self._multi.add_handle(transfer.handle)
        except pycurl.error as error:
            transfer.finish((pycurl.E_FAILED_INIT, str(error.args[-1])))
        else:
            self._running[transfer.handle] = transfer

    def _abort(self, transfer: Transfer) -> None:
        self._end(transfer, (pycurl.E_ABORTED_BY_CALLBACK, "cancelled"))

    def _end(self, transfer: Transfer, failure: tuple[int, str] | None) -> None:
        if self._running.pop(transfer.handle, None):  # otherwise it was never started or has already ended
            try:
                self._multi.remove_handle(transfer.handle)
            finally:
                transfer.finish(failure)
        else:
            transfer.finish(transfer.failure)

    def _unpause(self, transfer: Transfer) -> None:
        if transfer.handle in self._running:
            with contextlib.suppress(pycurl.error):  # it has just ended; `_collect` handles that
                transfer.handle.pause(pycurl.PAUSE_CONT)

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        """Handle libcurl's socket callback."""
        if what == pycurl.POLL_REMOVE:
            self.sockets.release(fd)
        else:
            self.sockets.watch(fd, _EVENTS[what])

    def _set_timer(self, milliseconds: int) -> None:
        """Handle libcurl's timer callback."""
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _shut_down(self) -> None:
        """Release all current and future waiters, and free all resources."""
        self._ended = True
        self._release_commanded()
        for transfer in list(self._running.values()):
            with contextlib.suppress(Exception):  # it may fail again, and no caller may wait forever
                self._multi.remove_handle(transfer.handle)
            transfer.finish(_LOOP_ENDED)
        self._running.clear()
        self._multi.close()
        self._selector.close()
        self._waker.close()
        self._wakee.close()

    def _release_commanded(self) -> None:
        """Finish the transfers whose commands the loop will not process."""
        with contextlib.suppress(IndexError):  # two threads may run this concurrently
            while True:
                transfer = self._commands.popleft()[1]
                if transfer.handle not in self._running:
                    transfer.finish(_LOOP_ENDED)
