"""Child processes that end with their deployment, with all output passed on."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from pulumi_agbcontext.testing.engine.engine_errors import EngineError

GRACE_SECONDS = 2.0  # between requesting a process to end and killing it


class Process:
    """A child process in its own session, so that Ctrl-C does not reach it directly."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        speaks_first: bool = False,
    ) -> None:
        """Start the process.

        Arguments: on_line: takes every line of its output and of its error output, from another thread;
        speaks_first: the first line of output is not for `on_line` but for `read_first_line`.
        """
        self._on_line = on_line
        self._first_line = ""
        self._has_first_line = threading.Event()
        self._child = subprocess.Popen(  # noqa: S603 the command is the project's own interpreter
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        streams = ((self._child.stdout, speaks_first), (self._child.stderr, False))
        self._readers = [threading.Thread(target=self._read, args=stream, daemon=True) for stream in streams]
        for reader in self._readers:
            reader.start()

    def read_first_line(self, seconds: float) -> str:
        """Return the first line of output, in which a provider prints its port.

        Raises: EngineError if there is none within `seconds`.
        """
        if not self._has_first_line.wait(seconds) or not self._first_line:
            self.stop()
            raise EngineError(f"a provider process did not start within {seconds:.0f} s; see what it printed above")
        return self._first_line

    def wait(self, seconds: float) -> int | None:
        """Wait for the end and return the exit code after all output was read, or None after `seconds`."""
        until = time.monotonic() + seconds
        for reader in self._readers:  # they end with the process, without the polling of wait()
            reader.join(max(until - time.monotonic(), 0))
        try:
            return self._child.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the process and its child processes."""
        self._signal(signal.SIGTERM)
        try:
            self._child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._child.wait()
        for reader in self._readers:
            reader.join(GRACE_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        if self._child.poll() is None:
            os.killpg(self._child.pid, number)

    def _read(self, stream: IO[str], keep_first: bool) -> None:
        with stream:
            if keep_first:
                self._first_line = stream.readline().strip()
                self._has_first_line.set()
            for line in stream:
                self._on_line(line.rstrip("\n"))
