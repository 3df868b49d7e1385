"""Tests of state that is shared by the whole process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pulumi_agbcontext.testing.server import LocalServer

from .support import KEY

FORKS = """
import os, sys
from tests.client.support import KEY, upload
from pulumi_agbcontext.client import Account, connect, ContextService

def store(path):
    service = ContextService(Account(sys.argv[1], KEY))
    service.transfers.upload_many(service.create("data").context.id, [upload(path, bytes(1_000_000))])

store("/parent")
child = os.fork()
if not child:
    store("/child")
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
def test_a_forked_process_has_its_own_threads(agb_server: LocalServer) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS, agb_server.url]
    subprocess.run(command, check=True, timeout=20)
    [context] = agb_server.contexts(KEY)
    assert agb_server.files(KEY, context["id"]).keys() == {"/parent", "/child"}
