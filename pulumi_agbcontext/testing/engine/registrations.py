"""Registrations of a program, and the resources in the state that match them."""

from __future__ import annotations

import threading

from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.engine_errors import EngineError


class Registrations:
    """Registrations of a deployment; safe to share between threads.

    Args:
        base: resources in the state before the deployment.

    Attributes:
        urns: registered URNs.
        matched: URNs of resources in the state that a registration matches.
        resources: registered resources by URN.
        lock: lock that protects the other attributes.
    """

    def __init__(self, base: list[Resource]) -> None:
        self.urns: set[str] = set()
        self.matched: set[str] = set()
        self.resources: dict[str, Resource] = {}
        self.lock = threading.RLock()
        self.set_base(base)

    def set_base(self, base: list[Resource]) -> None:
        """Set the resources in the state, for example after a refresh."""
        self._olds = {resource.urn: resource for resource in base if not resource.delete}

    def reserve(self, urn: str, parent: str) -> None:
        """Reserve a URN for a registration.

        Args:
            urn: URN of the resource.
            parent: URN of its parent; empty for the stack.

        Raises:
            EngineError: the URN is already registered, or the parent is not.
        """
        with self.lock:
            if urn in self.urns:
                raise EngineError(f"Duplicate resource URN {urn!r}; try giving it a unique name")
            if parent and parent not in self.urns:
                raise EngineError(f"could not find parent resource {parent!r}")
            self.urns.add(urn)

    def match(self, urn: str, aliases: list[str]) -> Resource | None:
        """Return the resource in the state that a registration matches; None if it is a new resource.

        Args:
            urn: URN of the registration.
            aliases: other URNs that the resource in the state can have.
        """
        with self.lock:
            for candidate in (urn, *aliases):
                if candidate in self._olds and candidate not in self.matched:
                    self.matched.add(candidate)
                    return self._olds[candidate]
        return None
