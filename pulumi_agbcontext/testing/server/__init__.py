"""Local Context API for tests, with injectable faults."""

from __future__ import annotations

from pulumi_agbcontext.testing.server.faults import Fault
from pulumi_agbcontext.testing.server.local_server import LocalServer
from pulumi_agbcontext.testing.server.records import RequestRecord

__all__ = ["Fault", "LocalServer", "RequestRecord"]
