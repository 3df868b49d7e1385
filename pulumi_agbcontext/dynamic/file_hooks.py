"""What the engine's calls on a single file do in the process of the dynamic provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from pulumi_agbcontext.dynamic.errors import after_a_failed_update
from pulumi_agbcontext.dynamic.process import Hooks
from pulumi_agbcontext.dynamic.unknowns import from_engine
from pulumi_agbcontext.lifecycle import context_file, file_operations


class ContextFileHooks(Hooks):
    """Translates the engine's calls to the lifecycle of a file."""

    def check(self, _olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckResult:
        """Validate, and take the digest; every fault is one line that names its property."""
        checked = context_file.check_file(from_engine(news))
        self._process.expect(file_operations.declared_id(checked.inputs))
        return self._process.checked(checked, news)

    def diff(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> DiffResult:
        """Compare; another place replaces, another content updates."""
        news = from_engine(_news)
        found = context_file.diff_file(from_engine(_olds), news)
        answer = self._process.compared(found, _news, file_operations.declared_id(news), [_id])
        file_operations.claim_file(self._process.session(), _id)
        return answer

    def create(self, props: Mapping[str, Any]) -> CreateResult:
        """Upload a new file."""
        file_id, outputs = file_operations.create_file(self._process.session(), from_engine(props))
        return CreateResult(file_id, outputs)

    def read(self, id_: str, props: Mapping[str, Any]) -> ReadResult:
        """Look at a file; gone is an empty id."""
        found = file_operations.read_file(self._process.session(), id_, from_engine(props))
        return ReadResult(id_, found.outputs, found.inputs) if found else ReadResult("", {})

    def update(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> UpdateResult:
        """Upload the content anew."""
        session, olds, news = self._process.session(), from_engine(_olds), from_engine(_news)
        return UpdateResult(after_a_failed_update(lambda: file_operations.update_file(session, news, olds)))

    def delete(self, _id: str, _props: Mapping[str, Any]) -> None:
        """Delete a file; gone already is success."""
        file_operations.delete_file(self._process.session(), _id, from_engine(_props))
