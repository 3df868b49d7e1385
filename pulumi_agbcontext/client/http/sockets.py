"""What the operating system knows about a connection and the HTTP libraries do not report."""

from __future__ import annotations

import array
import contextlib
import os
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


class IdleConnections:
    """Watches connections without a request, on which nothing may arrive.

    Libcurl looks at idle connections once a second, and would take an answer that nobody asked for, or that came late,
    for the answer to the next request.

    Args:
        selector: reports what arrives on them.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._inodes: dict[int, int] = {}

    def __contains__(self, fd: int) -> bool:
        return fd in self._inodes

    def add(self, fd: int) -> None:
        """Watch a connection.

        Args:
            fd: its descriptor; negative where it has been closed.
        """
        if fd < 0:
            return
        with contextlib.suppress(OSError):
            if fd not in self._selector.get_map():
                self._inodes[fd] = os.fstat(fd).st_ino
                self._selector.register(fd, selectors.EVENT_READ)

    def forget(self, fd: int) -> None:
        """Leave a connection to libcurl, which uses or closes it."""
        if self._inodes.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def discard(self, fd: int) -> None:
        """End a connection on which something arrived: libcurl then opens another one."""
        inode = self._inodes[fd]
        self.forget(fd)
        # Libcurl may have closed it, and something else may have got its number.
        with contextlib.suppress(OSError):
            if os.fstat(fd).st_ino == inode:
                with socket.socket(fileno=os.dup(fd)) as connection:
                    _end(connection)


def _end(connection: socket.socket) -> None:
    """Throw away what arrived, which could be read even after the end."""
    connection.shutdown(socket.SHUT_RDWR)
    while connection.recv(64 * 1024, socket.MSG_DONTWAIT):
        pass
