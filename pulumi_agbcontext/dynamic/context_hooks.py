"""What the engine's calls on a context do in the process of the dynamic provider."""

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
from pulumi_agbcontext.dynamic.provider import DERIVED_NAME
from pulumi_agbcontext.dynamic.unknowns import from_engine
from pulumi_agbcontext.lifecycle import context, create, operations


class ContextHooks(Hooks):
    """Translates the engine's calls to the lifecycle of a context."""

    def check(self, _olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckResult:
        """Validate and normalise; every fault is one line that names its property."""
        given = from_engine(news)
        derived = given.pop(DERIVED_NAME, None)
        olds = self._process.remembered(derived, from_engine(_olds))
        checked = context.check(olds, given, derived)
        self._process.expect(checked.inputs.get("name"))
        return self._process.checked(checked, news)

    def diff(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> DiffResult:
        """Compare the recorded context with the wanted one."""
        olds, news = from_engine(_olds), from_engine(_news)
        found = context.diff(olds, news)
        answer = self._process.compared(found, _news, news.get("name"), context.known_ids(_id, news))
        if answer.replaces:
            self._process.session().claims.keep_region(str(olds.get("name")), olds.get("region"))
        operations.claim(self._process.session(), _id, context.known_paths(news))
        return answer

    def create(self, props: Mapping[str, Any]) -> CreateResult:
        """Create, adopt or resume a context and seed it."""
        context_id, outputs = create.create(self._process.session(), from_engine(props))
        return CreateResult(context_id, outputs)

    def read(self, id_: str, props: Mapping[str, Any]) -> ReadResult:
        """Look at a context; gone is an empty id."""
        found = operations.read(self._process.session(), id_, from_engine(props))
        return ReadResult(id_, found.outputs, found.inputs) if found else ReadResult("", {})

    def update(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> UpdateResult:
        """Rename, clear in place, upload and delete files."""
        session, olds, news = self._process.session(), from_engine(_olds), from_engine(_news)
        return UpdateResult(after_a_failed_update(lambda: operations.update(session, _id, olds, news)))

    def delete(self, _id: str, _props: Mapping[str, Any]) -> None:
        """Delete a context; gone already is success."""
        operations.delete(self._process.session(), _id, from_engine(_props))
