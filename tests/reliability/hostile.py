"""Hostile names, paths and files, each with whether it must be refused or accepted literally."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

NAMES = {
    "..": True,
    "%2e%2e%2f": True,
    "%252e%252e%252f": True,
    "..\\..\\windows": True,
    "/etc/passwd": True,
    "nul\0byte": False,
    "line\r\nfeed": False,
    "x" * 255: True,
    "x" * 256: False,
    "x" * 1024: False,
    "dot.": True,
    " space ": False,
    "\u00e9 composed": True,
    "e\u0301 decomposed": True,
    "CASE": True,
    "case": True,
    "\u202egnp.exe": False,
    "😀": True,
    "👩\u200d👩\u200d👧": True,
    "a?b#c&d+e%f": True,
    "CON": True,
    "'; DROP TABLE contexts; --": True,
    "": False,
    "\ud800": False,
}
"""Name of a context to whether it is taken."""

PATHS = {
    "/..": False,
    "/a/../../etc/passwd": False,
    "/%2e%2e%2fa": True,
    "/%252e%252e": True,
    "/back\\..\\slash": True,
    "relative": False,
    "//double": False,
    "/folder/": False,
    "/nul\0byte": False,
    "/line\r\nfeed": False,
    "/" + "x" * 255: True,
    "/" + "x" * 1022: True,
    "/" + "x" * 1023: False,
    "/" + "a/" * 500 + "f": True,
    "/dot.": True,
    "/space ": True,
    "/\u00e9": True,
    "/e\u0301": True,
    "/CASE": True,
    "/case": True,
    "/\u202egnp.exe": True,
    "/😀": True,
    "/a?b#c&d+e%f": True,
    "/CON": True,
    "/lone\ud800surrogate": False,
}
"""Path in a context to whether it is taken."""


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


def _deep(path: Path) -> None:
    """Return a thousand nested directories. The whole path is longer than the limit of a system call."""
    path.mkdir()
    here = Path.cwd()
    try:
        os.chdir(path)
        for _ in range(1000):
            Path("dd").mkdir()
            os.chdir("dd")
        Path("f").write_text("deep")
    finally:
        os.chdir(here)


def _loop(path: Path) -> None:
    path.mkdir()
    (path / "loop").symlink_to(path)
    (path / "f").write_text("x")


def _leaving(path: Path) -> None:
    path.mkdir()
    (path / "out").symlink_to("/etc/hostname")


FILES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "empty": (lambda path: path.write_bytes(b""), True),
    "one-byte": (lambda path: path.write_bytes(b"x"), True),
    "8-mib-less-one": (lambda path: _sparse(path, (8 << 20) - 1), True),
    "8-mib": (lambda path: _sparse(path, 8 << 20), True),
    "8-mib-and-one": (lambda path: _sparse(path, (8 << 20) + 1), True),
    "missing": (lambda path: None, False),
    "fifo": (os.mkfifo, False),
    "socket": (_socket, False),
    "device": (lambda path: path.symlink_to("/dev/zero"), False),
    "dangling": (lambda path: path.symlink_to("nowhere"), False),
    "link-to-itself": (lambda path: path.symlink_to(path.name), False),
    "link-to-a-file": (lambda path: path.symlink_to("/etc/hostname"), True),
    "a-folder": (lambda path: path.mkdir(), False),
}
"""How a local file is made, and whether it is taken."""

DIRECTORIES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "empty-folder": (lambda path: path.mkdir(), False),
    "a-file": (lambda path: path.write_bytes(b""), False),
    "missing-folder": (lambda path: None, False),
    "folder-that-loops": (_loop, False),
    "folder-that-leaves": (_leaving, False),
    "thousand-deep": (_deep, False),
}
"""How a local directory is created, and whether it is accepted."""
