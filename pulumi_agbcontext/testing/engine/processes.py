"""Child processes that end with their deployment."""

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

GRACE_SECONDS = 2.0  # time between SIGTERM and SIGKILL


class Process:
    """Child process in a separate session, so that Ctrl-C does not reach it directly."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        reserve_first_line: bool = False,
    ) -> None:
        """Start the process.

        Args:
            command: program and arguments.
            directory: working directory.
            environment: additional environment variables.
            on_line: called with each line of the output and the error output, in another thread.
            reserve_first_line: whether the first line of the output is for `read_first_line` instead of `on_line`.
        """
        self._on_line = on_line
        self._first_line = ""
        self._has_first_line = threading.Event()
        self._child = subprocess.Popen(  # noqa: S603 the command is the project's own interpreter
            command,
            cwd=directory,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        streams = ((self._child.stdout, reserve_first_line), (self._child.stderr, False))
        self._readers = [threading.Thread(target=self._read, args=stream, daemon=True) for stream in streams]
        for reader in self._readers:
            reader.start()

    def read_first_line(self, seconds: float) -> str:
        """Return the first line of the output, in which a provider prints its port.

        Args:
            seconds: maximum time to wait, in seconds.

        Raises:
            EngineError: no line was printed in time. The process is stopped.
        """
        if not self._has_first_line.wait(seconds) or not self._first_line:
            self.stop()
            raise EngineError(f"a provider process did not start within {seconds:.0f} s; see its output above")
        return self._first_line

    def wait(self, seconds: float) -> int | None:
        """Wait until the process has ended and all its output is read.

        Args:
            seconds: maximum time to wait, in seconds.

        Returns:
            The exit code; None if the process did not end in time.
        """
        until = time.monotonic() + seconds
        for reader in self._readers:  # they end with the process, without the polling of wait()
            reader.join(max(until - time.monotonic(), 0))
        try:
            return self._child.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Terminate the process and its children; kill them after GRACE_SECONDS."""
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

    def _read(self, stream: IO[str], reserve_first_line: bool) -> None:
        with stream:
            if reserve_first_line:
                self._first_line = stream.readline().strip()
                self._has_first_line.set()
            for line in stream:
                self._on_line(line.rstrip("\n"))
