"""Progress of an operation that changes the files of a resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from pulumi_agbcontext.lifecycle.files.model import FilesState
from pulumi_agbcontext.lifecycle.files.sources import recorded

State = TypeVar("State", bound=FilesState)


class ChangeRecord(Generic[State]):
    """Record of how far an operation has progressed.

    Args:
        state: the state before the operation.
        secret_paths: paths of the files that the operation stores and whose entries are secret.

    Attributes:
        state: the current state, except for the files.
        files: entry of every seeded file, by path. A file in flight has the digest `changed`.
    """

    def __init__(self, state: State, secret_paths: Iterable[str] = ()) -> None:
        self.state = state
        self.files = dict(state.seeded)
        self._secret = {*state.secret_files, *secret_paths}

    def note(self, **changes: Any) -> None:
        """Record changes to properties other than the files."""
        self.state = self.state.model_copy(update=changes)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs that record the progress of the operation."""
        files = {path: entry for path, entry in self.files.items() if path not in self._secret}
        secret = {path: entry for path, entry in self.files.items() if path in self._secret}
        return counted(self.state.model_copy(update={"files": files, "secret_files": secret})).on_wire()


def counted(state: State) -> State:
    """Return the state with `file_count` and `size` (bytes) computed from its seeded files."""
    files = [file for entry in state.seeded.values() if (file := recorded(entry))]
    return state.model_copy(update={"file_count": len(files), "size": sum(file.size for file in files)})
