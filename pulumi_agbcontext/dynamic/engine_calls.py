"""Translation of the engine's calls to lifecycle handlers, in the process of the dynamic providers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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

from pulumi_agbcontext.detailed_diff import diff_response
from pulumi_agbcontext.dynamic.options import PREVIEW, REPLACE_ON_CHANGES, RESOURCE
from pulumi_agbcontext.dynamic.sessions import ProviderConfiguration
from pulumi_agbcontext.dynamic.unknown_values import from_engine, to_engine
from pulumi_agbcontext.errors import (
    AGBError,
    AnotherAccountError,
    AuthenticationError,
    ContextDeletedError,
    ContextFileExistsError,
    ContextInUseError,
    ContextNotEmptyError,
    ContextOwnedElsewhereError,
    MalformedStateError,
    OwnerRecordError,
)
from pulumi_agbcontext.lifecycle.handlers import Handler
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.operations_in_flight import OperationsInFlight
from pulumi_agbcontext.sdk_internals import answer_diff_with, on_interrupt, shorten_tracebacks

_NOTHING_WAS_CHANGED = (
    AnotherAccountError,
    AuthenticationError,
    ContextFileExistsError,
    ContextDeletedError,
    ContextInUseError,
    ContextNotEmptyError,
    ContextOwnedElsewhereError,
    MalformedStateError,
    OwnerRecordError,
)

_running = OperationsInFlight()  # shared by all providers in the process


class EngineCalls(ResourceProvider):
    """Translator of the engine's calls for one type of resource.

    Args:
        handler: handler for that type.
        request: configuration of the stack.
    """

    def __init__(self, handler: Handler, request: ConfigureRequest) -> None:
        shorten_tracebacks(AGBError)
        on_interrupt(_running.cancel)
        self._handler = handler
        self._configuration = ProviderConfiguration(request)
        self._previewed: set[str] = set()

    def check(self, _olds: Mapping[str, Any], news: Mapping[str, Any]) -> CheckResult:
        """Validate and normalize the inputs. Each failure is one line that names its property."""
        resource, preview = self._resource(news), bool(news.get(PREVIEW))
        faults = self._configuration.faults
        session = None if faults else self._configuration.session()
        checked = self._handler.check(session, resource, from_engine(_olds), from_engine(news))
        if session and preview and not checked.failures:
            self._previewed.add(resource.key)
            if not _olds:  # during a preview, the engine calls neither diff nor create afterwards
                self._handler.report_plan(session, resource, checked.inputs, creates=True)
        kept = {key: news[key] for key in (RESOURCE, REPLACE_ON_CHANGES) if key in news}
        failures = [CheckFailure("", str(fault)) for fault in (*faults, *checked.failures)]
        return CheckResult({**to_engine(checked.inputs), **kept}, failures)

    def diff(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> DiffResult:
        """Compare the recorded state with the inputs. A replacement deletes first, because create is get-or-create."""
        session, resource = self._configuration.session(), self._resource(_news)
        inputs = from_engine(_news)
        found = self._handler.diff(
            session, resource, _id, from_engine(_olds), inputs, _news.get(REPLACE_ON_CHANGES) or ()
        )
        # The engine also compares the dependents of a replaced resource, before it checks them.
        if found.changes and resource.key in self._previewed:
            self._handler.report_plan(session, resource, inputs, creates=False)
        answer_diff_with(diff_response(found))
        return DiffResult(bool(found.changes), found.replaces, stables=None, delete_before_replace=True)

    def create(self, props: Mapping[str, Any]) -> CreateResult:
        """Create the resource."""
        with _operation():
            return CreateResult(
                *self._handler.create(self._configuration.session(), self._resource(props), from_engine(props))
            )

    def read(self, id_: str, props: Mapping[str, Any]) -> ReadResult:
        """Read the resource. Return an empty id if the resource no longer exists."""
        with _operation():
            found = self._handler.read(self._configuration.session(), id_, from_engine(props))
        return ReadResult(id_, found.outputs, found.inputs) if found else ReadResult("", {})

    def update(self, _id: str, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> UpdateResult:
        """Update the resource."""
        session, resource = self._configuration.session(), self._resource(_news)
        olds, news = from_engine(_olds), from_engine(_news)
        try:
            with _operation():
                return UpdateResult(self._handler.update(session, resource, _id, olds, news))
        except AGBError as error:
            if not isinstance(error, _NOTHING_WAS_CHANGED):  # the SDK cannot record partial progress
                error.args = (f"{error} {causes.NOT_RECORDED}",)
            raise

    def delete(self, _id: str, _props: Mapping[str, Any]) -> None:
        """Delete the resource. Deleting a resource that no longer exists succeeds."""
        with _operation():
            self._handler.delete(self._configuration.session(), None, _id, from_engine(_props))

    def _resource(self, inputs: Mapping[str, Any]) -> Resource:
        """Return the resource that the inputs declare. Programs of release 0.1 and refresh diffs do not declare it."""
        declared = from_engine(inputs.get(RESOURCE) or {})
        derived = declared.get("derivedName", "")
        project, stack, name = (str(declared.get(key, "")) for key in ("project", "stack", "name"))
        key = derived if isinstance(derived, str) else f"{project}/{stack}/{name}"
        return Resource(f"{type(self._handler).__name__} {key}", project, stack, name, derived)


@contextmanager
def _operation() -> Iterator[None]:
    """Run an operation, and add the reason to its error if it was interrupted."""
    with _running.operation() as scope:
        try:
            yield
        except AGBError as failure:
            failure.args = (_running.worded(failure, scope, 0.0),)
            raise
