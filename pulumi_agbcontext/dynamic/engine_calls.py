"""Translation of the engine's calls to a lifecycle handler, in the process of the dynamic provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_agbcontext.dynamic.options import REPLACE_ON_CHANGES, RESOURCE
from pulumi_agbcontext.dynamic.sessions import ProviderConfiguration
from pulumi_agbcontext.dynamic.unknown_values import from_engine, to_engine
from pulumi_agbcontext.errors import (
    AGBError,
    AnotherAccountError,
    AuthenticationError,
    ContextFileExistsError,
    ContextGoneError,
    ContextOwnedElsewhereError,
    MalformedStateError,
    OwnerRecordError,
)
from pulumi_agbcontext.lifecycle.handlers import Handler
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.sdk_internals import shorten_tracebacks

_NOTHING_WAS_CHANGED = (
    AnotherAccountError,
    AuthenticationError,
    ContextFileExistsError,
    ContextGoneError,
    ContextOwnedElsewhereError,
    MalformedStateError,
    OwnerRecordError,
)


class EngineCalls(ResourceProvider):
    """Translator of the engine's calls for one type of resource.

    Args:
        handler: handler for that type.
        request: configuration of the stack.
    """

    def __init__(self, handler: Handler, request: ConfigureRequest) -> None:
        shorten_tracebacks(AGBError)
        self._handler = handler
        self._configuration = ProviderConfiguration(request)
        self._olds: dict[str, dict[str, Any]] = {}

    def check(self, _olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckResult:
        """Validate and normalise the inputs. Each failure is one line that names its property."""
        resource = self._resource(news)
        olds = self._remembered(resource, from_engine(_olds))
        faults = self._configuration.faults
        session = None if faults else self._configuration.session()
        checked = self._handler.check(session, resource, olds, from_engine(news))
        kept = {key: news[key] for key in (RESOURCE, REPLACE_ON_CHANGES) if key in news}
        failures = [CheckFailure("", str(fault)) for fault in (*faults, *checked.failures)]
        return CheckResult({**to_engine(checked.inputs), **kept}, failures)

    def diff(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> DiffResult:
        """Compare the recorded state with the inputs. A replacement deletes first, because create is get-or-create."""
        session, resource, forced = (
            self._configuration.session(),
            self._resource(_news),
            _news.get(REPLACE_ON_CHANGES) or (),
        )
        found = self._handler.diff(session, resource, _id, from_engine(_olds), from_engine(_news), forced)
        return DiffResult(bool(found.changes), found.replaces, stables=None, delete_before_replace=True)

    def create(self, props: Mapping[str, Any]) -> CreateResult:
        """Create the resource."""
        return CreateResult(
            *self._handler.create(self._configuration.session(), self._resource(props), from_engine(props))
        )

    def read(self, id_: str, props: Mapping[str, Any]) -> ReadResult:
        """Read the resource. Return an empty id if the resource no longer exists."""
        found = self._handler.read(self._configuration.session(), id_, from_engine(props))
        return ReadResult(id_, found.outputs, found.inputs) if found else ReadResult("", {})

    def update(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> UpdateResult:
        """Update the resource."""
        session, resource = self._configuration.session(), self._resource(_news)
        olds, news = from_engine(_olds), from_engine(_news)
        try:
            return UpdateResult(self._handler.update(session, resource, _id, olds, news))
        except AGBError as error:
            if not isinstance(error, _NOTHING_WAS_CHANGED):  # the SDK cannot record partial progress
                error.args = (f"{error} {causes.NOT_RECORDED}",)
            raise

    def delete(self, _id: str, _props: Mapping[str, Any]) -> None:
        """Delete the resource. Deleting a resource that no longer exists succeeds."""
        self._handler.delete(self._configuration.session(), None, _id, from_engine(_props))

    def _resource(self, inputs: Mapping[str, Any]) -> Resource:
        """Return the resource that the inputs declare. Programs of release 0.1 and refresh diffs do not declare it."""
        declared = from_engine(inputs.get(RESOURCE) or {})
        derived = declared.get("derivedName", "")
        project, stack, name = (str(declared.get(key, "")) for key in ("project", "stack", "name"))
        key = derived if isinstance(derived, str) else f"{project}/{stack}/{name}"
        return Resource(f"{type(self._handler).__name__} {key}", project, stack, name, derived)

    def _remembered(self, resource: Resource, olds: dict[str, Any]) -> dict[str, Any]:
        """Return the old inputs of a resource. The second check of a replacement receives none, so they are cached."""
        if olds:
            self._olds[resource.key] = olds
        return self._olds.get(resource.key, olds)
