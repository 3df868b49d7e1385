"""gRPC services for a program and its providers: ResourceMonitor and Engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import (
    callback_pb2,
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.deployment import Deployment
from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.engine.engine_errors import DeploymentError, EngineError, OperationError
from pulumi_agbcontext.testing.engine.goal import Goal, make_goal, reject_builtin
from pulumi_agbcontext.testing.engine.property_values import UNKNOWN_TEXT, from_struct, to_struct

EXTRA_THREADS = 8  # for logs and lookups while all registrations are waiting
FEATURES = {  # for all other features, the SDK uses a fallback or raises an error
    *("secrets", "deletedWith", "replaceWith"),
    *("resourceHooks", "errorHooks", "transforms", "invokeTransforms"),  # rejected by name below
}
SEVERITIES = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}
SHUTDOWN_MESSAGE = "Resource monitor has terminated, shutting down"  # logged by the SDK after a failure

_Result = TypeVar("_Result")
_INVOKE_RESPONSE = getattr(resource_pb2, "ResourceInvokeResponse", provider_pb2.InvokeResponse)  # older SDKs


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """ResourceMonitor service of a deployment. Each thread handles one call at a time."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def SupportsFeature(  # noqa: N802 name in the protocol, as for all methods below
        self, request: resource_pb2.SupportsFeatureRequest, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in FEATURES)

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        resource = self._run(context, lambda: self._deployment.register(make_goal(request)))
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn, id=resource.id, object=to_struct(resource.outputs)
        )

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ReadResourceResponse:
        resource = self._run(context, lambda: self._read(request))
        response = resource_pb2.ReadResourceResponse(urn=resource.urn, properties=to_struct(resource.outputs))
        if resource.id != request.id:  # a field that older releases of the SDK do not have
            response.id = resource.id
        return response

    def _read(self, request: resource_pb2.ReadResourceRequest) -> Resource:
        reject_builtin(request.type, request.name, custom=True)
        goal = Goal(
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=True,
            inputs=from_struct(request.properties),
            dependencies=sorted(request.dependencies),
            additional_secret_outputs=list(request.additionalSecretOutputs),
            provider=request.provider,
            version=request.version,
        )
        return self._deployment.read(goal, "" if request.id == UNKNOWN_TEXT else request.id)

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        self._deployment.set_outputs(request.urn, from_struct(request.outputs))
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        provider = self._run(context, lambda: self._deployment.find_provider(_provider_goal(request)))
        try:
            returned, failures = provider.invoke(request.tok, from_struct(request.args))
        except OperationError as error:  # the program can handle the error, so the deployment does not fail
            context.abort(grpc.StatusCode.UNKNOWN, f"invocation of {request.tok!r} returned an error: {error}")
        converted = [provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures]
        return _INVOKE_RESPONSE(**{"return": to_struct(returned)}, failures=converted)

    def RegisterPackage(  # noqa: N802
        self, request: resource_pb2.RegisterPackageRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterPackageResponse:
        return self._run(context, lambda: self._reject(f"the package {request.name!r}"))

    def SignalAndWaitForShutdown(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def RegisterResourceHook(  # noqa: N802
        self, request: resource_pb2.RegisterResourceHookRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return self._run(context, lambda: self._reject(f"resource hooks, such as {request.name!r}"))

    def RegisterErrorHook(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        return self._run(context, lambda: self._reject(f"resource hooks, such as {request.name!r}"))

    def RegisterStackTransform(  # noqa: N802
        self, request: callback_pb2.Callback, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return self._run(context, lambda: self._reject("transforms"))

    RegisterStackInvokeTransform = RegisterStackTransform

    @staticmethod
    def _reject(what: str) -> NoReturn:
        raise EngineError(f"the test engine does not support {what}; use the Pulumi CLI")

    def _run(self, context: grpc.ServicerContext, work: Callable[[], _Result]) -> _Result:
        """Run a call. A failure ends the program as it does with the Pulumi engine."""
        try:
            return work()
        except DeploymentError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        except EngineError as error:
            self._deployment.fail(str(error))
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        except Exception as error:
            self._deployment.fail(f"the test engine failed: {error!r}")
            raise


def _provider_goal(request: resource_pb2.ResourceInvokeRequest) -> Goal:
    """Return a goal that selects the provider of a function, as for a resource of the package."""
    package = request.tok.split(":", 1)[0]
    if package == "pulumi":
        raise EngineError(f"the test engine does not support the function {request.tok!r}; use the Pulumi CLI")
    return Goal(request.tok, "", "", custom=True, inputs={}, provider=request.provider, version=request.version)


class Engine(engine_pb2_grpc.EngineServicer):
    """Engine service, which shows the messages of a program and its providers."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._root = ""

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        severity = SEVERITIES[request.severity]
        if request.ephemeral:
            self._display.status(request.urn, request.message)
        elif severity != "debug" and not request.message.startswith(SHUTDOWN_MESSAGE):
            self._display.diagnostic(severity, request.message, request.urn)
        return empty_pb2.Empty()

    def GetRootResource(  # noqa: N802
        self, request: engine_pb2.GetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(  # noqa: N802
        self, request: engine_pb2.SetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()


def _reject_unimplemented_calls(implementation: type, service: type) -> None:
    """Reject calls that a servicer does not implement, because the stubs would log a traceback for each call."""

    def unimplemented(self: object, request: object, context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "The test engine does not implement this call.")

    for name in vars(service):
        if not name.startswith("_") and name not in vars(implementation):
            setattr(implementation, name, unimplemented)


_reject_unimplemented_calls(Monitor, resource_pb2_grpc.ResourceMonitorServicer)
_reject_unimplemented_calls(Engine, engine_pb2_grpc.EngineServicer)


class Server:
    """Server of both services on a local port.

    Its address is known before the deployment is created, because providers need the address of the Engine service.
    """

    def __init__(self, display: Display, parallel: int) -> None:
        workers = ThreadPoolExecutor(parallel * 4 + EXTRA_THREADS)
        self._server = grpc.server(workers, options=_GRPC_CHANNEL_OPTIONS)
        engine_pb2_grpc.add_EngineServicer_to_server(Engine(display), self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def start(self, monitor: Monitor | None = None) -> None:
        """Start listening.

        Args:
            monitor: ResourceMonitor service; None to serve the Engine service only.
        """
        if monitor is not None:
            resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, self._server)
        self._server.start()

    def stop(self) -> None:
        """Stop listening and abort calls in flight."""
        self._server.stop(0).wait()
