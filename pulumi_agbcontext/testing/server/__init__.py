"""A local Context API for tests: everything the cloud's Context service answers, and every way in which it may fail."""

from __future__ import annotations

from pulumi_agbcontext.testing.server.faults import Fault
from pulumi_agbcontext.testing.server.local_server import LocalServer
from pulumi_agbcontext.testing.server.records import RequestRecord

__all__ = ["Fault", "LocalServer", "RequestRecord"]
