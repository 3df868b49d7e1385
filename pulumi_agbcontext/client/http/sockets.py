"""What the operating system knows about a connection and the HTTP libraries do not report."""

from __future__ import annotations

import array
import contextlib
import os
import select
import selectors
import socket
import sys

if sys.platform == "linux":
    import fcntl
    import termios

    def unacknowledged(fd: int) -> int:
        """Return how many bytes that were sent the other side has not received yet.

        An answer acknowledges everything that its sender has received before: after an answer to a request that was
        received whole, the number is 0.

        Args:
            fd: descriptor of a TCP socket; negative where it is closed.
        """
        count = array.array("i", [0])
        with contextlib.suppress(OSError, ValueError):
            fcntl.ioctl(fd, termios.TIOCOUTQ, count)
        return count[0]

else:

    def unacknowledged(fd: int) -> int:
        """Return 0: only Linux reports this number in a form that Python can ask for."""
        return 0


# These forget a descriptor that is closed; `select` fails on it.
_WATCHES_IDLE = hasattr(select, "epoll") or hasattr(select, "kqueue")


class WatchedSockets:
    """What the selector watches: connections while they are used and while they are idle, and what else libcurl names.

    Nothing may arrive on an idle connection. Libcurl looks at those once a second, and would take an answer that nobody
    asked for, or that came late, for the answer to the next request. To leave a connection in the selector costs less,
    too, than to take it out after every request.

    Libcurl does not tell when it closes an idle connection, so that what is known of a descriptor may be out of date.

    Args:
        selector: reports what arrives.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._events: dict[int, int] = {}
        self._connections: dict[int, int] = {}
        self._idle: set[int] = set()

    def opened(self, fd: int) -> None:
        """Note a connection that libcurl has opened."""
        self._unwatch(fd)
        self._connections[fd] = os.fstat(fd).st_ino

    def watch(self, fd: int, events: int) -> None:
        """Report events of a descriptor."""
        if fd in self._idle and os.fstat(fd).st_ino != self._connections[fd]:
            self._unwatch(fd)  # the connection was closed, and something else of libcurl's has its number
        known = self._events.get(fd)
        if known is None:
            self._selector.register(fd, events)
        elif known != events:
            try:
                self._selector.modify(fd, events)
            except OSError:  # the connection that had this number was closed
                self._selector.register(fd, events)
        self._idle.discard(fd)
        self._events[fd] = events

    def release(self, fd: int) -> None:
        """Stop to report a descriptor, unless it is a connection, which is idle now."""
        if _WATCHES_IDLE and fd in self._connections and fd in self._events:
            self.watch(fd, selectors.EVENT_READ)
            self._idle.add(fd)
        else:
            self._unwatch(fd)

    def is_idle(self, fd: int) -> bool:
        """Return whether a descriptor is an idle connection."""
        return fd in self._idle

    def end(self, fd: int) -> None:
        """End an idle connection on which something arrived: libcurl then opens another one."""
        self._unwatch(fd)
        with contextlib.suppress(OSError):
            if os.fstat(fd).st_ino == self._connections[fd]:
                with socket.socket(fileno=os.dup(fd)) as connection:
                    _end(connection)

    def _unwatch(self, fd: int) -> None:
        self._idle.discard(fd)
        if self._events.pop(fd, None) is not None:
            with contextlib.suppress(KeyError, OSError):
                self._selector.unregister(fd)


def _end(connection: socket.socket) -> None:
    """Throw away what arrived, which could be read even after the end."""
    connection.shutdown(socket.SHUT_RDWR)
    while connection.recv(64 * 1024, socket.MSG_DONTWAIT):
        pass
