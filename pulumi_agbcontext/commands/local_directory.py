"""Local directory to which files are downloaded, without following symbolic links inside it."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pulumi_agbcontext import messages
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.files.sources import digest_stream
from pulumi_agbcontext.messages import commands
from pulumi_agbcontext.redaction import printable

PARTIAL = ".agbcontext-part-"
"""Prefix of the names of files that are not complete yet."""

_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe must not block
_ENTER = _READ | getattr(os, "O_DIRECTORY", 0)
_NO_DIRECTORY_DESCRIPTORS = "this operating system cannot open files relative to a directory"


class _MissingError(Exception):
    """A directory above a path does not exist."""


class LocalDirectory:
    """A local directory, safe to share between threads. Paths are canonical, and `/` is the directory itself.

    Every component of a path is opened relative to its parent and without following symbolic links, so that nothing
    outside the directory is read or written, even if another program changes the directory at the same time.

    Args:
        root: path of the directory, which is created if it does not exist. It may itself be a symbolic link.

    Raises:
        AGBError: the directory cannot be created or opened.
    """

    def __init__(self, root: Path) -> None:
        self._name = str(root)
        if os.open not in os.supports_dir_fd:
            raise messages.not_accessible(self._name, _NO_DIRECTORY_DESCRIPTORS)
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise self._failure("", error) from error
        self.longest_name = os.fpathconf(self._root, "PC_NAME_MAX")

    def close(self) -> None:
        """Close the directory."""
        os.close(self._root)

    def digest(self, path: str) -> tuple[int, str] | None:
        """Return the size in bytes and the SHA-256 of a file, or None if it does not exist.

        Raises:
            AGBError: the path or a directory above it is a symbolic link, or the path is not a readable file.
        """
        with self._opened(path) as file:
            if file is None:
                return None
            found = digest_stream(file, source="")
        return found.size, found.sha256

    def read(self, path: str) -> bytes:
        """Return the content of a file; empty if it does not exist.

        Raises:
            AGBError: see `digest`.
        """
        with self._opened(path) as file:
            return b"" if file is None else file.read()

    def write(self, path: str, content: bytes) -> None:
        """Replace a file atomically.

        Raises:
            AGBError: the file cannot be written.
        """
        partial = self.partial(path)
        try:
            with self.create(partial) as file:
                file.write(content)
        except OSError as error:
            raise self._failure(path, error) from error
        self.replace(partial, path)

    def partial(self, path: str) -> str:
        """Return a random path in the same directory, for the content of a file until it is complete."""
        return f"{path.rpartition('/')[0]}/{PARTIAL}{secrets.token_hex(8)}"

    def create(self, path: str) -> BinaryIO:
        """Create a file or empty it, with the directories above it, and open it for writing.

        Raises:
            AGBError: a directory above the path is a symbolic link, or the file cannot be created.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with self._parent(path, create=True) as (parent, name):
            return open(os.open(name, flags, 0o666, dir_fd=parent), "wb")  # noqa: PTH123  # by descriptor

    def replace(self, source: str, target: str) -> None:
        """Rename a file within its directory, and replace an existing file of that name.

        Raises:
            AGBError: a directory above the path is a symbolic link, or the file cannot be renamed.
        """
        with self._parent(target, create=True) as (parent, name):
            os.replace(source.rpartition("/")[2], name, src_dir_fd=parent, dst_dir_fd=parent)

    def remove_partial_files(self) -> None:
        """Delete the partial files of interrupted downloads."""
        for _, _, files, directory in os.fwalk(".", dir_fd=self._root):
            for name in files:
                if name.startswith(PARTIAL):
                    with suppress(OSError):
                        os.unlink(name, dir_fd=directory)

    @contextmanager
    def _opened(self, path: str) -> Iterator[BinaryIO | None]:
        with ExitStack() as stack:
            try:
                parent, name = stack.enter_context(self._parent(path, create=False))
            except _MissingError:
                yield None
                return
            mode = _mode(parent, name)
            if mode is None:
                yield None
                return
            if stat.S_ISLNK(mode):
                raise messages.link_in_the_way(self._shown(path))
            if not stat.S_ISREG(mode):
                raise messages.not_accessible(self._shown(path), commands.NOT_A_FILE)
            yield stack.enter_context(open(os.open(name, _READ, dir_fd=parent), "rb"))  # noqa: PTH123  # by descriptor

    @contextmanager
    def _parent(self, path: str, *, create: bool) -> Iterator[tuple[int, str]]:
        """Open the directory that contains a path. Yield its descriptor and the last component of the path."""
        *above, name = path.split("/")[1:]
        descriptor = os.dup(self._root)
        try:
            for number, component in enumerate(above, 1):
                below = self._enter(descriptor, component, "/" + "/".join(above[:number]), create=create)
                os.close(descriptor)
                descriptor = below
            yield descriptor, name
        except OSError as error:
            raise self._failure(path, error) from error
        finally:
            os.close(descriptor)

    def _enter(self, parent: int, name: str, path: str, *, create: bool) -> int:
        try:
            if create:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=parent)
            return os.open(name, _ENTER, dir_fd=parent)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not create:
                raise _MissingError from error
            if stat.S_ISLNK(_mode(parent, name) or 0):
                raise messages.link_in_the_way(self._shown(path)) from error
            raise self._failure(path, error) from error

    def _failure(self, path: str, error: OSError) -> AGBError:
        return messages.not_accessible(self._shown(path), os.strerror(error.errno) if error.errno else str(error))

    def _shown(self, path: str) -> str:
        return printable(self._name.rstrip("/") + path)


def _mode(parent: int, name: str) -> int | None:
    """Return the type and permissions of a file, or None if it does not exist. Links are not followed."""
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
