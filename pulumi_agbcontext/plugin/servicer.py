"""Provider protocol: translation of the engine's calls to the lifecycle, and of the results to responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from pulumi_agbcontext.detailed_diff import diff_response
from pulumi_agbcontext.engine_connection import EngineConnection
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.handlers import ResourceInitFailedError
from pulumi_agbcontext.lifecycle.properties import Failure
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.operations_in_flight import OperationsInFlight
from pulumi_agbcontext.plugin import configure, invoke, listing
from pulumi_agbcontext.plugin.autonaming import named_by
from pulumi_agbcontext.plugin.property_names import spelled
from pulumi_agbcontext.plugin.resource_types import RESOURCE_TYPES, ResourceType, resource_of
from pulumi_agbcontext.plugin.status import refuse
from pulumi_agbcontext.plugin.values import Properties, from_struct, keep_secrets, reveal, to_struct
from pulumi_agbcontext.schema import schema_text

Method = TypeVar("Method", bound=Callable[..., Any])


def _answering(method: Method) -> Method:
    """Return the method with every exception converted to a one-line error."""

    @wraps(method)
    def answer(self: Provider, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except Exception as failure:  # noqa: BLE001  # a bug in the provider must not cause a traceback either
            refuse(context, failure)

    return answer  # type: ignore[return-value]  # it has the signature of the method


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Provider that serves one engine with one configuration. The engine sends calls in parallel.

    Args:
        version: version of this package.
        engine: connection to the engine that started this process.
    """

    def __init__(self, version: str, engine: EngineConnection) -> None:
        self._version = version
        self._engine = engine
        self._running = OperationsInFlight()
        self._session: Session | None = None

    @_answering
    def GetPluginInfo(  # noqa: N802  # the protocol defines the names
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._version)

    @_answering
    def GetSchema(  # noqa: N802
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=schema_text())

    @_answering
    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        failures = configure.faults(from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @_answering
    def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """Report changes, but never a replacement: a new key or endpoint does not invalidate existing resources."""
        changed = from_struct(request.old_inputs or request.olds) != from_struct(request.news)
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind)

    @_answering
    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._session = configure.open_session(from_struct(request.args), self._engine)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @_answering
    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        self.cancel()
        return empty_pb2.Empty()

    @_answering
    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        arguments = reveal(from_struct(request.args))
        with self._operation() as session:
            answer, failures = invoke.call(session, request.tok, arguments)
        # `return` is a keyword.
        return provider_pb2.InvokeResponse(**{"return": to_struct(answer)}, failures=_failures(failures))

    @_answering
    def List(  # noqa: N802
        self, request: provider_pb2.ListRequest, context: grpc.ServicerContext
    ) -> Iterator[provider_pb2.ListResponse]:
        """List importable resources. All responses are computed before any is sent, so that errors become messages."""
        with self._operation() as session:
            return iter(listing.responses(session, request.token, reveal(from_struct(request.query)), request))

    @_answering
    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        kind, news = _kind(request.urn), from_struct(request.news)
        session, resource = self._shown_by(request.urn), named_by(request, resource_of(request.urn))
        olds = session.plans.remembered(resource, _plain(request.olds))
        checked = kind.handler.check(session, resource, olds, kind.encode(reveal(news), olds))
        inputs = None if checked.failures else _recorded(kind, checked.inputs, news)
        return provider_pb2.CheckResponse(inputs=inputs, failures=_failures(checked.failures))

    @_answering
    def Diff(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        outputs, inputs, handler = _plain(request.olds), _plain(request.news), _kind(request.urn).handler
        return diff_response(handler.diff(self._opened(), resource_of(request.urn), request.id, outputs, inputs))

    @_answering
    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        kind, inputs = _kind(request.urn), from_struct(request.properties)
        if request.preview:
            plain = reveal(inputs)
            self._report_plan(request.urn, plain, creates=True)
            outputs = kind.handler.preview(plain, None)
            return provider_pb2.CreateResponse(properties=_recorded(kind, outputs, inputs))
        with self._operation(request.urn, request.timeout, inputs) as session:
            resource_id, outputs = kind.handler.create(session, resource_of(request.urn), reveal(inputs))
        return provider_pb2.CreateResponse(id=resource_id, properties=_recorded(kind, outputs, inputs))

    @_answering
    def Read(  # noqa: N802
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        """Read a resource. A request without recorded outputs is an import or a `get`."""
        kind, outputs, inputs = _kind(request.urn), from_struct(request.properties), from_struct(request.inputs)
        handler = kind.handler
        with self._operation(request.urn) as session:
            found = (
                handler.read(session, request.id, reveal(outputs)) if outputs else handler.import_(session, request.id)
            )
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=_recorded(kind, found.outputs, outputs),
            inputs=request.inputs if found.inputs is None else _recorded(kind, found.inputs, inputs, outputs),
        )

    @_answering
    def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        kind, olds, inputs = _kind(request.urn), from_struct(request.olds), from_struct(request.news)
        if request.preview:
            plain = reveal(inputs)
            self._report_plan(request.urn, plain, creates=False)
            outputs = kind.handler.preview(plain, reveal(olds))
            return provider_pb2.UpdateResponse(properties=_recorded(kind, outputs, inputs))
        resource = resource_of(request.urn)
        with self._operation(request.urn, request.timeout, inputs, olds) as session:
            outputs = kind.handler.update(session, resource, request.id, reveal(olds), reveal(inputs))
        return provider_pb2.UpdateResponse(properties=_recorded(kind, outputs, inputs))

    @_answering
    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        with self._operation(request.urn, request.timeout) as session:
            handler, outputs = _kind(request.urn).handler, _plain(request.properties)
            handler.delete(session, resource_of(request.urn), request.id, outputs)
        return empty_pb2.Empty()

    def cancel(self) -> None:
        """Cancel all operations in flight."""
        self._running.cancel()

    def _opened(self) -> Session:
        if self._session is None:
            raise RuntimeError("the engine has not configured the provider")
        return self._session

    def _shown_by(self, urn: str) -> Session:
        """Return the session, with lines that the engine shows next to a resource."""
        engine = self._engine
        return replace(
            self._opened(),
            progress=lambda line: engine.show_progress(spelled(line), urn),
            inform=lambda line: engine.show_info(spelled(line), urn),
            warn=lambda line: engine.show_warning(spelled(line), urn),
        )

    def _report_plan(self, urn: str, inputs: Properties, *, creates: bool) -> None:
        _kind(urn).handler.report_plan(self._shown_by(urn), resource_of(urn), inputs, creates=creates)

    @contextmanager
    def _operation(self, urn: str = "", seconds: float = 0.0, *asked: Properties) -> Iterator[Session]:
        """Run an operation with its timeout and live status, and add the reason to its error if it was interrupted."""
        with self._running.operation(seconds) as scope:
            try:
                yield self._shown_by(urn)
            except ResourceInitFailedError as failure:
                outputs = _with_secrets(_kind(urn), failure.outputs, *asked)
                reason = self._running.worded(failure, scope, seconds)
                raise ResourceInitFailedError(failure.resource_id, outputs, reason) from failure
            except AGBError as failure:
                failure.args = (self._running.worded(failure, scope, seconds),)
                raise


def _kind(urn: str) -> ResourceType:
    """Return the resource type in a URN. With a parent, the URN contains `Parent$package:module:Type`."""
    return RESOURCE_TYPES[urn.split("::")[2].rpartition("$")[2]]


def _recorded(kind: ResourceType, properties: Properties, *asked: Properties) -> struct_pb2.Struct:
    return to_struct(_with_secrets(kind, properties, *asked))


def _with_secrets(kind: ResourceType, properties: Properties, *asked: Properties) -> dict[str, Any]:
    """Mark the properties that are secret in the request, and those that derive from them, as secrets."""
    return kind.mark_secrets(keep_secrets(properties, *asked), asked[0])


def _plain(struct: Any) -> dict[str, Any]:
    plain: dict[str, Any] = reveal(from_struct(struct))
    return plain


def _failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(reason=spelled(str(failure))) for failure in failures]
