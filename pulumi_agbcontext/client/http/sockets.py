"""Socket information that the HTTP libraries do not report."""

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
        """Return the number of bytes that were sent but not yet acknowledged by the peer.

        A response acknowledges everything that the peer received before sending it. The number is therefore 0 after a
        response to a completely received request.

        Args:
            fd: descriptor of a TCP socket; negative if it is closed.
        """
        count = array.array("i", [0])
        with contextlib.suppress(OSError, ValueError):
            fcntl.ioctl(fd, termios.TIOCOUTQ, count)
        return count[0]

else:

    def unacknowledged(fd: int) -> int:
        """Return 0, because Python can read this number only on Linux."""
        return 0


# epoll and kqueue drop a closed descriptor; `select` fails on it.
_WATCHES_IDLE = hasattr(select, "epoll") or hasattr(select, "kqueue")


class WatchedSockets:
    """Sockets registered with a selector: active and idle connections, and other sockets of libcurl.

    No data may arrive on an idle connection. libcurl checks idle connections only once a second, and would treat an
    unsolicited or late response as the response to the next request. Keeping a connection registered is also cheaper
    than removing it after every request.

    libcurl does not report that it closes an idle connection, so the information about a descriptor may be stale.

    Args:
        selector: the selector that reports events.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._events: dict[int, int] = {}
        self._connections: dict[int, int] = {}
        self._idle: set[int] = set()

    def opened(self, fd: int) -> None:
        """Record a connection that libcurl has opened."""
        self._unwatch(fd)
        self._connections[fd] = os.fstat(fd).st_ino

    def watch(self, fd: int, events: int) -> None:
        """Watch a descriptor for events."""
        if fd in self._idle and os.fstat(fd).st_ino != self._connections[fd]:
            self._unwatch(fd)  # the connection was closed and libcurl reuses the descriptor
        known = self._events.get(fd)
        if known is None:
            self._selector.register(fd, events)
        elif known != events:
            try:
                self._selector.modify(fd, events)
            except OSError:  # the connection with this descriptor was closed
                self._selector.register(fd, events)
        self._idle.discard(fd)
        self._events[fd] = events

    def release(self, fd: int) -> None:
        """Stop watching a descriptor, or keep watching it as idle if it is a connection."""
        if _WATCHES_IDLE and fd in self._connections and fd in self._events:
            self.watch(fd, selectors.EVENT_READ)
            self._idle.add(fd)
        else:
            self._unwatch(fd)

    def is_idle(self, fd: int) -> bool:
        """Return whether a descriptor is an idle connection."""
        return fd in self._idle

    def end(self, fd: int) -> None:
        """Shut down an idle connection on which data arrived, so that libcurl opens a new one."""
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
    """Shut down a connection and discard received data, which would remain readable."""
    connection.shutdown(socket.SHUT_RDWR)
    while connection.recv(64 * 1024, socket.MSG_DONTWAIT):
        pass
