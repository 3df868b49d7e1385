"""The local server in a separate process, with a data directory, so that it can be killed."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from pulumi_agbcontext.testing.server import RequestRecord


class ServerProcess:
    """A server with the methods of LocalServer that these tests use.

    Args:
        data: data directory, which remains when the process ends.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = 0
        self._session = requests.Session()
        self._session.trust_env = False
        self.start()

    def start(self) -> None:
        """Start the process on the same port as before."""
        command = [sys.executable, "-m", "pulumi_agbcontext.testing", "serve", "--control"]
        command += [
            "--data",
            str(self._data),
            "--port",
            str(self._port),
            "--latency",
            "0.01",
            "--clear-seconds",
            "0.05",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1]
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """Kill the process as `kill -9` does."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """Stop the process permanently."""
        self.kill()
        self._session.close()

    def _control(self, method: str, **arguments: Any) -> Any:
        answer = self._session.post(f"{self.url}/control/{method}", json=arguments, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def requests(self) -> list[RequestRecord]:
        """Return the requests since the last reset."""
        return [RequestRecord(**record) for record in self._control("requests")]

    def reset(self) -> None:
        """Delete all data and reset the log."""
        self._control("reset")

    def behave(self, **behaviour: Any) -> None:
        """Change the behavior until the next reset."""
        self._control("behave", **behaviour)

    def contexts(self, api_key: str) -> list[dict[str, Any]]:
        """Return the contexts of a key's account."""
        found: list[dict[str, Any]] = self._control("contexts", api_key=api_key)
        return found

    def files(self, api_key: str, context_id: str) -> dict[str, bytes]:
        """Return the files that the server stores in a context."""
        held = self._control("files", api_key=api_key, context_id=context_id)
        return {path: base64.b64decode(content) for path, content in held.items()}

    def put_file(self, api_key: str, context_id: str, path: str, content: bytes) -> None:
        """Write a file directly to the server."""
        encoded = base64.b64encode(content).decode()
        self._control("put-file", api_key=api_key, context_id=context_id, path=path, content=encoded)

    def remove_file(self, api_key: str, context_id: str, path: str) -> None:
        """Delete a file directly from the server."""
        self._control("remove-file", api_key=api_key, context_id=context_id, path=path)
