"""Who owns what in a provider process: two owners of one context, name or path are an error where it can be seen."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

MADE = "made"  # by a create of this process
CONTEXT = "a context"  # a living context, and the files that it names
CONTEXT_FILE = "a context file"


class Claims:
    """The owners of contexts and files, by id, for the one preview or update that a process serves.

    A resource that leaves the program is deleted last. What another resource of the same update has taken over by then
    (a new logical name with `adopt`, a file that moved to another owner) must not go with it: `taken` says so. Where an
    update was cut short between the two, the next one finds both in its state: `kept` says so then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[tuple[str, str], threading.Lock] = {}
        self._owned: dict[str, str] = {}
        self._taken: set[str] = set()
        self._deleted: set[str] = set()
        self._kept: dict[str, frozenset[str]] = {}
        self._regions: dict[str, str] = {}
        self._living: dict[str, _Living] = {}
        self._wanted: dict[tuple[str | None, str], str] = {}

    @contextmanager
    def naming(self, region: str, name: str) -> Iterator[None]:
        """Let one creation at a time deal with a name, so that the second sees what the first has made."""
        with self._lock:
            lock = self._names.setdefault((region, name), threading.Lock())
        with lock:
            yield

    def own(self, resource_id: str, owner: str = MADE) -> bool:
        """Record the owner of a context or file; False where another one has it already.

        Args:
            resource_id: of a context, or `<context id>/<path>` of a file.
            owner: what kind of resource; `MADE` is for a create, which never shares.
        """
        with self._lock:
            return self._own(resource_id, owner)

    def own_context(self, context_id: str, paths: Iterable[str]) -> str:
        """Record that a living context owns its files; gives a path that another resource has, or nothing."""
        with self._lock:
            if not self._own(context_id, CONTEXT):
                return "/"
            return next((path for path in paths if not self._own(f"{context_id}{path}", CONTEXT)), "")

    def _own(self, resource_id: str, owner: str) -> bool:
        if resource_id not in self._owned:
            self._owned[resource_id] = owner
            return True
        return self._owned[resource_id] == owner != MADE

    def take(self, resource_id: str) -> None:
        """Record that this process has taken over, or stored, a context or file."""
        with self._lock:
            self._taken.add(resource_id)

    def taken(self, resource_id: str) -> bool:
        """Tell whether this process has taken over, or stored, a context or file."""
        with self._lock:
            return resource_id in self._taken

    def expect(self, resource: str) -> None:
        """Record that the program declares a resource; whether it goes on with what it has is not known yet."""
        with self._lock:
            self._kept[resource] = frozenset()

    def keep(self, resource: str, resource_ids: Iterable[str]) -> None:
        """Record what a resource goes on with; one that no program declares, as a refresh compares it, keeps nothing.

        Args:
            resource: as it was expected.
            resource_ids: of its context and files.
        """
        with self._lock:
            if resource in self._kept:
                self._kept[resource] = frozenset(resource_ids)

    def kept(self, resource_id: str) -> bool:
        """Tell whether a resource of the program goes on with a context or file."""
        with self._lock:
            return any(resource_id in kept for kept in self._kept.values())

    def release(self, resource_id: str) -> None:
        """Forget the owner of a context, with its files, or of a file: a create that failed has none."""
        with self._lock:
            below = f"{resource_id}/"
            released = [one for one in self._owned if one == resource_id or one.startswith(below)]
            for one in released:
                del self._owned[one]

    def gone(self, resource_id: str) -> None:
        """Forget the owner of what this process has deleted, or has seen to be gone."""
        self.release(resource_id)
        with self._lock:
            self._deleted.add(resource_id)

    def deleted(self, resource_id: str) -> bool:
        """Tell whether this process has seen a context or file go; a listing may still show it for a while."""
        with self._lock:
            return resource_id in self._deleted

    def keep_region(self, name: str, region: str | None) -> None:
        """Remember the region of a context that is to be replaced, for its successor under the same name."""
        if region:
            with self._lock:
                self._regions[name] = region

    def kept_region(self, name: str) -> str | None:
        """Give the region of the context of that name that is replaced."""
        with self._lock:
            return self._regions.get(name)

    def named(self, region: str | None, name: str, resource: str) -> str:
        """Record that a resource of the program wants a name; gives another one that wants it already, or nothing."""
        with self._lock:
            first = self._wanted.setdefault((region, name), resource)
        return "" if first == resource else first

    def live(self, resource: str, region: str | None, name: str) -> None:
        """Record that a name is that of a living resource until its delete or rename.

        The engine decides some replacements alone, and creates before it deletes: the successor would be given the old
        context, and the delete would then take it away.

        Args:
            resource: what the engine calls it.
            region: login region; None where the inputs do not say it: then the name counts in every region.
            name: of the context.
        """
        with self._lock:
            self._living[resource] = _Living(region, name)

    def identify(self, resource: str, resource_id: str) -> None:
        """Record the id of a living resource.

        After a replacement that was cut short between its delete and its create, the engine still shows what it has
        deleted. By its id that is told from a successor of the same name, which the interrupted create has left.
        """
        with self._lock:
            if resource in self._living:
                self._living[resource] = self._living[resource]._replace(resource_id=resource_id)

    def leave(self, name: str) -> None:
        """Forget that a name is that of a living resource."""
        with self._lock:
            self._living = {resource: one for resource, one in self._living.items() if one.name != name}

    def lives(self, region: str, name: str, resource_id: str) -> bool:
        """Tell whether a name, and the id that was found under it, is that of a living resource."""
        with self._lock:
            return any(
                (one.region or region, one.name) == (region, name) and one.resource_id in (None, resource_id)
                for one in self._living.values()
            )


class _Living(NamedTuple):
    region: str | None
    name: str
    resource_id: str | None = None  # where the engine has shown it
