"""Test of the number of this package's calls between the engine and the network, all of which a debugger shows."""

from __future__ import annotations

import socket
import traceback
from pathlib import Path
from typing import Any

import pytest

import pulumi_agbcontext
from pulumi_agbcontext.testing.server import LocalServer
from tests.plugin.adapters import Life
from tests.reliability.in_process import DynamicInProcess

PACKAGE = str(Path(pulumi_agbcontext.__file__).parent)


def test_at_most_14_calls_of_this_package_are_between_a_dynamic_create_and_the_socket(
    agb_server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGB_HTTP_CLIENT", "urllib3")
    monkeypatch.chdir(tmp_path)
    depths: list[int] = []
    send = socket.socket.sendall

    def sendall(self: socket.socket, data: Any) -> None:
        if b"allowCreate=true" in bytes(data):
            depths.append(sum(frame.filename.startswith(PACKAGE) for frame in traceback.extract_stack()))
        send(self, data)

    monkeypatch.setattr(socket.socket, "sendall", sendall)
    life = Life(DynamicInProcess(tmp_path, endpoint=agb_server.url, apiKey="key"), "Context")
    assert life.up(name="data", files={"/a": "text:a"}) == "create"
    assert len(depths) == 1
    assert depths[0] <= 14
