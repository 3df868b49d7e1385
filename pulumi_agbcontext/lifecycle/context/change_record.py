"""What is known of a context while an operation changes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pulumi_agbcontext.lifecycle.context.model import ContextState
from pulumi_agbcontext.lifecycle.files.sources import recorded


class ChangeRecord:
    """What is known of a context while an operation changes it.

    Args:
        state: as it was before the operation.
        secret_paths: paths of files that the operation will store, and whose entries are secret.

    Attributes:
        state: all but the files.
        files: path to entry of every seeded file; a file on its way has the digest `changed`.
    """

    def __init__(self, state: ContextState, secret_paths: Iterable[str] = ()) -> None:
        self.state = state
        self.files = dict(state.seeded)
        self._secret = {*state.secret_files, *secret_paths}

    def outputs(self) -> dict[str, Any]:
        """Give the outputs that say how far the operation has come."""
        files = {path: entry for path, entry in self.files.items() if path not in self._secret}
        secret = {path: entry for path, entry in self.files.items() if path in self._secret}
        return counted(self.state.model_copy(update={"files": files, "secret_files": secret})).on_wire()


def counted(state: ContextState) -> ContextState:
    """Count the seeded files and their bytes."""
    files = [file for entry in state.seeded.values() if (file := recorded(entry))]
    return state.model_copy(update={"file_count": len(files), "size": sum(file.size for file in files)})
