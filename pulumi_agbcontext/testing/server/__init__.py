"""A local Context API for tests: everything the cloud's Context service answers, and every way in which it may fail."""

from __future__ import annotations

from .faults import Fault
from .records import RequestRecord
from .runner import LocalServer

__all__ = ["Fault", "LocalServer", "RequestRecord"]
