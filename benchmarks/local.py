"""The local Context API in a separate process, so that its work does not slow the measured process."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen


class ServerProcess:
    """A running server. Use it in a `with` block.

    Args:
        manners: options of `serve` that make it more realistic.

    Attributes:
        url: base URL, for use as an API endpoint.
    """

    def __init__(self, *manners: str) -> None:
        command = [sys.executable, "-m", "pulumi_agbcontext.testing", "serve", "--control", *manners]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().removeprefix("listening on ").strip()

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            self._process.terminate()

    def requests(self, operation: str = "") -> int:
        """Return the number of requests.

        Args:
            operation: operation of the API, or `Upload`; empty for all.
        """
        log: list[dict[str, Any]] = self._control("requests")
        return sum(operation in ("", record["operation"]) for record in log)

    def _control(self, what: str) -> Any:
        with urlopen(Request(f"{self.url}/control/{what}", data=b"{}")) as answer:  # noqa: S310  # our own process
            return json.load(answer)
